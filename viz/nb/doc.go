// Package nb shows things in a GoNB notebook: a running session with its panel,
// figures, tables, text and formulas.
//
// # What is saved
//
// Every picture is saved as a PNG inside plain HTML, which stands where scripts
// may not run: in a notebook that is not trusted, on a code host, after the
// session has ended, and under nbclient. $NASX_OUTPUT chooses what is shown
// beyond that: "live" (the default) adds a script that puts the session's panel
// or a live chart in the PNG's place; "static" adds nothing, which is how
// notebooks are committed.
//
// # How the panel finds its session
//
// The address of a session holds a token, and whoever has the token can run the
// session. It must not be in an output, because outputs are saved, committed
// and mailed. So [Show] sends two outputs. The first is a script that hands port
// and token to the browser's local storage; GoNB replaces it by nothing as soon
// as it ran, so it is not saved. The second, which is saved, holds the PNG and a
// script without any secret: it reads the address from the browser's storage,
// tries the notebook server's proxy first and this machine's port second, and
// puts the panel in the PNG's place when one of them answers. So the panel
// comes back when the page is reloaded or the kernel restarted, in this browser
// only; elsewhere the PNG stays and a line says that the cell must run again.
//
// Alternatives weighed: a one-time address in the output cannot reconnect after
// a reload; a file with the token under the notebook server's root is readable
// by everyone the folder is shared with; asking the session for its token by
// port alone would give it to every program and page on the machine. Scripts of
// the notebook's own page can read the storage, but they can run code in the
// kernel anyway.
//
// Nothing here knows a method. Text is escaped wherever it meets HTML or a
// script. Without a notebook the functions print one line instead.
package nb
