// Package datasets turns named image sets into plain float32 pixels and int32
// labels, and hands out their minibatches in an order that is a pure function
// of a seed.
//
// [Load] knows the digits that are part of the program, MNIST, Fashion-MNIST,
// CIFAR-10 and CIFAR-100, and folders of one's own pictures. [Get] downloads
// what is not there yet, and [List] says what is where. [Loader] splits a set
// and satisfies the interface search.Batches without importing it.
//
// All pixels are laid out [image, row, column, channel] and standardised per
// channel: (byte/255 − mean)/std, with the constants in [Set.Mean] and
// [Set.Std]. Nothing here knows what the images are used for.
package datasets
