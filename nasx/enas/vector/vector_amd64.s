#include "textflag.h"

// func detect() bool
// FMA, OSXSAVE and AVX are bits 12, 27 and 28 of leaf 1; the operating system
// saves the wide registers if bits 1 and 2 of XCR0 are set; AVX2 is bit 5 of leaf 7.
TEXT ·detect(SB), NOSPLIT, $0-1
	MOVB $0, ret+0(FP)
	MOVL $0, AX
	CPUID
	CMPL AX, $7
	JLT  done
	MOVL $1, AX
	MOVL $0, CX
	CPUID
	ANDL $0x18001000, CX
	CMPL CX, $0x18001000
	JNE  done
	MOVL $0, CX
	XGETBV
	ANDL $6, AX
	CMPL AX, $6
	JNE  done
	MOVL $7, AX
	MOVL $0, CX
	CPUID
	ANDL $0x20, BX
	JZ   done
	MOVB $1, ret+0(FP)

done:
	RET

// func rows4(y *float64, n int, a, b, c, d float64, r0, r1, r2, r3 *float64)
TEXT ·rows4(SB), NOSPLIT, $0-80
	MOVQ         y+0(FP), DI
	MOVQ         n+8(FP), CX
	VBROADCASTSD a+16(FP), Y0
	VBROADCASTSD b+24(FP), Y1
	VBROADCASTSD c+32(FP), Y2
	VBROADCASTSD d+40(FP), Y3
	MOVQ         r0+48(FP), R8
	MOVQ         r1+56(FP), R9
	MOVQ         r2+64(FP), R10
	MOVQ         r3+72(FP), R11
	XORQ         AX, AX
	SUBQ         $16, CX
	JLT          rest

sixteen:
	VMOVUPD     (DI)(AX*8), Y4
	VMOVUPD     32(DI)(AX*8), Y5
	VMOVUPD     64(DI)(AX*8), Y6
	VMOVUPD     96(DI)(AX*8), Y7
	VFMADD231PD (R8)(AX*8), Y0, Y4
	VFMADD231PD 32(R8)(AX*8), Y0, Y5
	VFMADD231PD 64(R8)(AX*8), Y0, Y6
	VFMADD231PD 96(R8)(AX*8), Y0, Y7
	VFMADD231PD (R9)(AX*8), Y1, Y4
	VFMADD231PD 32(R9)(AX*8), Y1, Y5
	VFMADD231PD 64(R9)(AX*8), Y1, Y6
	VFMADD231PD 96(R9)(AX*8), Y1, Y7
	VFMADD231PD (R10)(AX*8), Y2, Y4
	VFMADD231PD 32(R10)(AX*8), Y2, Y5
	VFMADD231PD 64(R10)(AX*8), Y2, Y6
	VFMADD231PD 96(R10)(AX*8), Y2, Y7
	VFMADD231PD (R11)(AX*8), Y3, Y4
	VFMADD231PD 32(R11)(AX*8), Y3, Y5
	VFMADD231PD 64(R11)(AX*8), Y3, Y6
	VFMADD231PD 96(R11)(AX*8), Y3, Y7
	VMOVUPD     Y4, (DI)(AX*8)
	VMOVUPD     Y5, 32(DI)(AX*8)
	VMOVUPD     Y6, 64(DI)(AX*8)
	VMOVUPD     Y7, 96(DI)(AX*8)
	ADDQ        $16, AX
	CMPQ        AX, CX
	JLE         sixteen

rest:
	ADDQ $16, CX

four:
	CMPQ        AX, CX
	JGE         end
	VMOVUPD     (DI)(AX*8), Y4
	VFMADD231PD (R8)(AX*8), Y0, Y4
	VFMADD231PD (R9)(AX*8), Y1, Y4
	VFMADD231PD (R10)(AX*8), Y2, Y4
	VFMADD231PD (R11)(AX*8), Y3, Y4
	VMOVUPD     Y4, (DI)(AX*8)
	ADDQ        $4, AX
	JMP         four

end:
	VZEROUPPER
	RET

// func dots(y, x *float64, n int, rows *float64)
TEXT ·dots(SB), NOSPLIT, $0-32
	MOVQ   y+0(FP), DI
	MOVQ   x+8(FP), SI
	MOVQ   n+16(FP), CX
	MOVQ   rows+24(FP), R8
	MOVQ   CX, AX
	SHLQ   $3, AX
	LEAQ   (R8)(AX*1), R9
	LEAQ   (R9)(AX*1), R10
	LEAQ   (R10)(AX*1), R11
	SHRQ   $3, CX
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	VXORPD Y4, Y4, Y4
	VXORPD Y5, Y5, Y5
	VXORPD Y6, Y6, Y6
	VXORPD Y7, Y7, Y7

eight:
	VMOVUPD     (SI), Y8
	VMOVUPD     32(SI), Y9
	VFMADD231PD (R8), Y8, Y0
	VFMADD231PD (R9), Y8, Y1
	VFMADD231PD (R10), Y8, Y2
	VFMADD231PD (R11), Y8, Y3
	VFMADD231PD 32(R8), Y9, Y4
	VFMADD231PD 32(R9), Y9, Y5
	VFMADD231PD 32(R10), Y9, Y6
	VFMADD231PD 32(R11), Y9, Y7
	ADDQ        $64, SI
	ADDQ        $64, R8
	ADDQ        $64, R9
	ADDQ        $64, R10
	ADDQ        $64, R11
	DECQ        CX
	JNZ         eight

	// Sums of the four rows: pairs first, then the two halves.
	VADDPD       Y4, Y0, Y0
	VADDPD       Y5, Y1, Y1
	VADDPD       Y6, Y2, Y2
	VADDPD       Y7, Y3, Y3
	VHADDPD      Y1, Y0, Y0
	VHADDPD      Y3, Y2, Y2
	VPERM2F128   $0x20, Y2, Y0, Y1
	VPERM2F128   $0x31, Y2, Y0, Y3
	VADDPD       Y3, Y1, Y1
	VADDPD       (DI), Y1, Y1
	VMOVUPD      Y1, (DI)
	VZEROUPPER
	RET
