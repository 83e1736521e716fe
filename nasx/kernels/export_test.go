package kernels

// Limit is limit.
var Limit = limit
