// Package lab opens sessions: searches that outlive the notebook cell that
// started them.
//
// A GoNB cell is a new program, so a search that is to be stepped by one cell
// after the other lives in a process of its own, the resident. [Open], as the
// first statement of a cell, starts it or attaches to it; in the resident, which
// is the cell's own binary executed again, Open never returns. Go programs and
// tests keep the search in their own process; see [Driver].
//
// A session has one clock: step n of a session is step n of each of its
// methods. Every method has its own run directory, so nothing that was finished
// is lost when the process is.
//
// The session answers over HTTP on 127.0.0.1 (see [Session.URL]); package
// lab/client speaks that contract without linking any method. The page itself
// is not made here: it is an http.Handler given with [Page].
package lab
