package lab

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// bodyLimit is more bytes than any request of the contract has.
const bodyLimit = 16 << 10

// guard lets a request through to next if it knows the token, which it takes
// off the path, and does not come from another site. Everything else is
// refused before anything of the session is touched.
func guard(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		given, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		got := sha256.Sum256([]byte(given)) // equal lengths, so that the comparison takes the same time
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			refuse(w, http.StatusNotFound, "no session answers under this address")
			return
		}
		if sentence := foreign(r, rest); sentence != "" {
			refuse(w, http.StatusForbidden, sentence)
			return
		}
		inner := r.Clone(r.Context())
		inner.URL.Path, inner.URL.RawPath = "/"+rest, ""
		defer recovered(w)
		next.ServeHTTP(w, inner)
	})
}

// foreign returns why a request counts as another site's, "" if it does not.
// Showing the page itself in a frame of Jupyter's page, which has another port
// unless it is proxied, is a navigation across origins: allowed for the page,
// and for nothing else.
func foreign(r *http.Request, rest string) string {
	origins := r.Header.Values("Origin")
	if len(origins) > 1 {
		return "the request has more than one Origin"
	}
	if len(origins) == 1 {
		origin, err := url.Parse(origins[0])
		if err != nil || origin.Host == "" || !strings.EqualFold(origin.Host, r.Host) {
			return "the request comes from another origin"
		}
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if site == "" || site == "same-origin" || site == "none" {
		return ""
	}
	dest := r.Header.Get("Sec-Fetch-Dest")
	framed := rest == "" && r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		(dest == "iframe" || dest == "document")
	if framed {
		return ""
	}
	return "the request comes from another site"
}

// recovered turns a panic of a handler into an answer. The one that net/http
// itself uses to drop a connection is passed on.
func recovered(w http.ResponseWriter) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause == http.ErrAbortHandler { //nolint:errorlint // it is compared as net/http does
		panic(cause)
	}
	log.Printf("a request failed: %v", cause)
	refuse(w, http.StatusInternalServerError, "the request failed inside; lab.log says how")
}

// readJSON decodes the body of a POST into out: JSON by its type, one value, of
// known fields, of limited size. On failure it answers and returns false.
func readJSON(w http.ResponseWriter, r *http.Request, out any) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "the body must be sent as application/json")
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the body could not be read or has more than %d bytes", bodyLimit))
		return false
	}
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(out)
	if err == nil && decoder.More() {
		err = fmt.Errorf("more than one value")
	}
	if err != nil {
		name := strings.TrimPrefix(r.URL.Path, "/")
		refuse(w, http.StatusBadRequest, fmt.Sprintf("the body of %s is not what it takes: %v", name, err))
		return false
	}
	return true
}

// refuse answers with an error sentence.
func refuse(w http.ResponseWriter, code int, sentence string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": sentence})
}

// answer sends a value as JSON.
func answer(w http.ResponseWriter, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "the answer could not be encoded: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

// redactor keeps a token out of a log.
type redactor struct {
	out   io.Writer
	token string
}

// Write passes p on without the token.
func (r redactor) Write(p []byte) (int, error) {
	_, err := io.WriteString(r.out, strings.ReplaceAll(string(p), r.token, "TOKEN"))
	return len(p), err
}
