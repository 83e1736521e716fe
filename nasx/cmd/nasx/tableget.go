package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"naslab.dev/datasets"
	"naslab.dev/nasx/bench"
)

// extract is a published file of a table.
type extract struct {
	datasets.File
	train, valid, test string // columns of nb201 that it fills
}

// Where the public extracts lie, each at a commit that cannot change.
const (
	nasgraph = "https://raw.githubusercontent.com/Zhenhan-Huang/NASGraph-Public/" +
		"1f8fd621c60a48728fcc890818b6b94eee62e4dc/data/"
	nbmacro = "https://raw.githubusercontent.com/xiusu/NAS-Bench-Macro/61a2bfc2ca0dce04d0997e6cf498047c27d6acf2/data/"
)

// extractAt is a file below an address.
func extractAt(address, name string, size int64, sum string) datasets.File {
	return datasets.File{Name: name, Bytes: size, SHA256: sum, URLs: []string{address + name}}
}

// published are the files by table. Those of nb201 have accuracies after 200
// epochs only, and those of CIFAR-10 are of the networks trained on half of its
// training images.
var published = map[string][]extract{
	"nb201": {
		{
			extractAt(nasgraph, "nasbench201_cifar10.csv", 2383893,
				"c82e70b5ffb0dba0f09d88ecc8df5a6d3ce8da8a99ad223285104f4537314033"),
			"c10valid_train_200", bench.ColumnCIFAR10Valid, "c10valid_test_200",
		},
		{
			extractAt(nasgraph, "nasbench201_cifar100.csv", 2427026,
				"87a42005d7005fdb5e4a938ed83dd306d907523f23e70af907dfd276dd5fe35d"),
			"c100_train_200", bench.ColumnCIFAR100Valid, bench.ColumnCIFAR100Test,
		},
		{
			extractAt(nasgraph, "nasbench201_ImageNet16-120.csv", 2540708,
				"f5225573584977b283f473b0ded7fe51ae599a67063b3bd02b18de36b29fcd6b"),
			"in16_train_200", bench.ColumnImageNetValid, bench.ColumnImageNetTest,
		},
	},
	"nbmacro": {{File: extractAt(nbmacro, "nas-bench-macro_cifar10.json", 1178821,
		"686dee8363cc21cca8c1f321ad5749454f2d9b9ca5972682e137e539bc522297")}},
}

// fetchTable downloads the files of a table into a folder and makes the table
// from them.
func fetchTable(
	ctx context.Context, name, dir string, files []extract, progress func(datasets.Progress),
) (*bench.Table, error) {
	var parts []bench.Extract
	for _, e := range files {
		path, err := datasets.Fetch(ctx, dir, e.File, progress)
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if name == "nbmacro" {
			return bench.ImportMacro(bytes.NewReader(data), e.URLs[0])
		}
		parts = append(parts, bench.Extract{
			File: e.Name, Content: bytes.NewReader(data), Train: e.train, Valid: e.valid, Test: e.test,
		})
	}
	return bench.ImportExtracts("public extracts at "+nasgraph, parts...)
}

// download makes a table of public extracts and keeps it. The extracts lie
// beside it until then, so that an interrupted download goes on.
func (c tableGetCmd) download(ctx context.Context, s std) (t *bench.Table, path string, err error) {
	if path, err = bench.Path(c.Name); err != nil {
		return nil, "", err
	}
	dir := filepath.Join(filepath.Dir(path), c.Name+"-extracts")
	show := downloads{w: s.err}
	t, err = fetchTable(ctx, c.Name, dir, published[c.Name], show.report)
	show.finish()
	if err != nil {
		return nil, "", err
	}
	if path, err = t.Save(); err != nil {
		return nil, "", err
	}
	return t, path, os.RemoveAll(dir)
}
