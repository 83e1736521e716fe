// Package kernels has the operations of search networks for XLA on a CPU: what takes
// nearly all of a step, written in C and called from GoMLX graphs like any other node.
//
// XLA has no good code for a depthwise convolution on a CPU, makes a loop of its own for
// every pass over a map, and compiles each for some 20 ms. These operations are compiled
// with the program, so that a graph of them compiles in a second, and each does in one pass
// what belongs together:
//
//   - [Unit]: normalise, ReLU, convolve, and the statistics of the result;
//   - [Pool]: poolings, and their statistics;
//   - [Mix]: the weighted sum of normalised maps that is a node of a cell;
//   - [Collect]: the gradients of all weights as one vector.
//
// Each has its gradient beside it. They know nothing of cells and edges: package supernet
// puts them together, and holds the result to its own definition.
//
// # How a call gets into a graph
//
// XLA calls foreign functions by name. [Register] gives the plugin the names and addresses
// (ffi.c), once; a graph function of this package adds a call (call.go). A call has dense
// arrays, and one more with integers, which says what the shapes do not.
//
// # How the operations compute
//
// Maps are [blocks, maps, channels, h, w, lanes]. A batch is cut into blocks of some tens
// of images, the lanes, which stand innermost: the same pixel of all of them is a vector
// or more, and a row of pixels a long contiguous loop. Blocks are what threads share.
// Sums over a batch are made per block and then added up in order, so results do not depend
// on the number of threads.
//
// A convolution copies each channel into a window with a margin first (unit.h). A tap is
// then a distance in memory, whatever stride and dilation are, and a depthwise convolution
// is one loop: for some vectors of a row, for all taps, multiply and add.
//
// vector.h has these loops, with GCC's vector types. They are compiled for AVX-512, for
// AVX2 and for any processor, in single and double precision; dispatch.c chooses.
//
// On a GPU, and where the program was built without cgo, [On] is false, and networks are
// built without these operations.
package kernels
