package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"naslab.dev/nasx/bench"
)

// extract is a published file of a table.
type extract struct {
	file, url, sum     string // sum is a hexadecimal SHA-256
	bytes              int64
	train, valid, test string // columns of nb201 that it fills
}

// Where the public extracts lie, each at a commit that cannot change.
const (
	nasgraph = "https://raw.githubusercontent.com/Zhenhan-Huang/NASGraph-Public/" +
		"1f8fd621c60a48728fcc890818b6b94eee62e4dc/data/"
	nbmacro = "https://raw.githubusercontent.com/xiusu/NAS-Bench-Macro/61a2bfc2ca0dce04d0997e6cf498047c27d6acf2/data/"
)

// published are the files by table. Those of nb201 have accuracies after 200
// epochs only, and those of CIFAR-10 are of the networks trained on half of its
// training images.
var published = map[string][]extract{
	"nb201": {
		{
			"nasbench201_cifar10.csv", nasgraph, "c82e70b5ffb0dba0f09d88ecc8df5a6d3ce8da8a99ad223285104f4537314033",
			2383893, "c10valid_train_200", bench.ColumnCIFAR10Valid, "c10valid_test_200",
		},
		{
			"nasbench201_cifar100.csv", nasgraph, "87a42005d7005fdb5e4a938ed83dd306d907523f23e70af907dfd276dd5fe35d",
			2427026, "c100_train_200", bench.ColumnCIFAR100Valid, bench.ColumnCIFAR100Test,
		},
		{
			"nasbench201_ImageNet16-120.csv", nasgraph,
			"f5225573584977b283f473b0ded7fe51ae599a67063b3bd02b18de36b29fcd6b",
			2540708, "in16_train_200", bench.ColumnImageNetValid, bench.ColumnImageNetTest,
		},
	},
	"nbmacro": {{
		file: "nas-bench-macro_cifar10.json", url: nbmacro, bytes: 1178821,
		sum: "686dee8363cc21cca8c1f321ad5749454f2d9b9ca5972682e137e539bc522297",
	}},
}

const (
	tableAgent   = "naslab/1 (tables; Go net/http)" // some hosts refuse Go's default name
	tableIdle    = 30 * time.Second                 // without a byte; slow is no reason to give up
	tableRetries = 3
)

func newClient() *http.Client { return &http.Client{} }

// downloader brings the files of a table.
type downloader struct {
	client    *http.Client
	addresses []extract
	log       io.Writer
	idle      time.Duration // 0 for tableIdle
}

// table downloads the files and makes the table from them.
func (d downloader) table(ctx context.Context, name string) (*bench.Table, error) {
	const origin = "public extracts at "
	var parts []bench.Extract
	for _, e := range d.addresses {
		data, err := d.file(ctx, e)
		if err != nil {
			return nil, err
		}
		if name == "nbmacro" {
			return bench.ImportMacro(bytes.NewReader(data), e.url+e.file)
		}
		parts = append(parts, bench.Extract{
			File: e.file, Content: bytes.NewReader(data), Train: e.train, Valid: e.valid, Test: e.test,
		})
	}
	return bench.ImportExtracts(origin+d.addresses[0].url, parts...)
}

// file brings one file into memory, with a few tries, and checks it.
func (d downloader) file(ctx context.Context, e extract) ([]byte, error) {
	var last error
	for try := range tableRetries {
		if try > 0 {
			fmt.Fprintf(d.log, "%s: %v; trying again\n", e.file, last)
		}
		fmt.Fprintf(d.log, "%s from %s: %.1f MB\n", e.file, e.url, float64(e.bytes)/1e6)
		data, err := d.once(ctx, e)
		if err == nil {
			return data, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s: stopped: %w", e.file, ctx.Err())
		}
		last = err
	}
	return nil, fmt.Errorf("%s from %s could not be had: %w", e.file, e.url, last)
}

var errNoByte = errors.New("no byte came")

// once makes one request. Every byte winds the watch.
func (d downloader) once(ctx context.Context, e extract) ([]byte, error) {
	idle := d.idle
	if idle == 0 {
		idle = tableIdle
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(idle, func() { cancel(fmt.Errorf("%w for %v", errNoByte, idle)) })
	defer watch.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+e.file, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", tableAgent)
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // whatever is left of it is not wanted
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s", resp.Status)
	}
	data, err := io.ReadAll(&watched{io.LimitReader(resp.Body, e.bytes+1), watch, idle})
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	if int64(len(data)) != e.bytes {
		return nil, fmt.Errorf("%d bytes or more came, want %d", len(data), e.bytes)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != e.sum {
		return nil, fmt.Errorf("its checksum is %x, want %s", sum, e.sum)
	}
	return data, nil
}

// causeOf names the time-out where that ended the request.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errNoByte) {
		return cause
	}
	return err
}

// watched winds a watch with every byte.
type watched struct {
	io.Reader
	watch *time.Timer
	idle  time.Duration
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.watch.Reset(w.idle)
	}
	return n, err
}
