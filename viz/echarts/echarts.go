// Package echarts holds the one copy of Apache ECharts that pictures use. It is
// the build "common" of version 5.6.0 (line, bar, pie and scatter charts with
// the usual components), unchanged, under the Apache License 2.0; LICENSE,
// NOTICE and LICENSE-d3 lie beside it. Nothing is loaded from a network.
package echarts

import _ "embed" // the library is part of the binary

// Version is the release that [JS] holds.
const Version = "5.6.0"

// JS is the minified library as it came from the npm package. It is a UMD
// module: where a loader such as RequireJS is on the page, wrap it with
// [Shadowed], or window.echarts stays empty.
//
//go:embed echarts.common.min.js
var JS []byte

// Shadowed returns [JS] inside a function that hides AMD and CommonJS loaders
// from it, so that it always sets window.echarts, and that does nothing where
// the page already has it.
func Shadowed() []byte {
	const head = "if(!window.echarts){(function(){var define,module,exports;\n"
	const tail = "\n}).call(window);}\n"
	out := make([]byte, 0, len(head)+len(JS)+len(tail))
	out = append(out, head...)
	out = append(out, JS...)
	return append(out, tail...)
}
