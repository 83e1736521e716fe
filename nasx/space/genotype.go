package space

// Link is one input of a node: an operation applied to an earlier node. In JSON
// it is the pair ["sep_conv_3x3", 0].
type Link struct {
	Op   string
	From int
}

// How many links each node of a [Genotype] has.
const (
	EdgesTop2 = "top2" // two per node
	EdgesAll  = "all"  // one per earlier node; "none" marks a deleted edge
)

// Genotype is a pair of cells as the references write it: links grouped by
// node, inputs 0 and 1 being the outputs of the two cells before.
type Genotype struct {
	Space        string `json:"space"` // "darts"
	Normal       []Link `json:"normal"`
	NormalConcat []int  `json:"normal_concat"` // nodes whose outputs are concatenated
	Reduce       []Link `json:"reduce"`
	ReduceConcat []int  `json:"reduce_concat"`
	Edges        string `json:"edges"` // EdgesTop2 or EdgesAll
}
