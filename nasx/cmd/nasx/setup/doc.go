// Package setup installs what the laboratory needs beside Go packages: an XLA
// plugin into the cache, and the Jupyter kernels into a Python environment.
//
// Everything it does can be repeated: what is already there is checked and
// kept. A plugin lies in a folder named by its SHA-256 digest and appears there
// by a rename, so that no reader ever sees half of one.
package setup
