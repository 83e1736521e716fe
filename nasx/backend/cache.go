package backend

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// PluginFile is the file name of an XLA CPU plugin. go-xla recognises the kind
// of a plugin by its name, so it is the same wherever a plugin lies.
const PluginFile = "pjrt_c_api_cpu_plugin.so"

// PinnedPlugin is the SHA-256 digest of the plugin that this version was
// developed and measured with. Where several plugins are installed it wins,
// because bit-equal repetition holds for one plugin only.
const PinnedPlugin = "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2"

// Cache returns the folder for what is downloaded once and kept: $NASX_CACHE,
// or "naslab" in the user's cache folder. It need not exist yet. The error says
// that neither is known.
func Cache() (string, error) {
	if dir := os.Getenv("NASX_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("backend: no cache folder is known: set NASX_CACHE to one")
	}
	return filepath.Join(dir, "naslab"), nil
}

// Plugins lists the XLA CPU plugins installed in a cache folder, as absolute
// paths if the folder is one, the pinned one first and the others sorted.
// Their contents are not read. A folder that does not exist holds none.
func Plugins(cache string) []string {
	entries, err := os.ReadDir(filepath.Join(cache, "xla"))
	if err != nil {
		return nil
	}
	var paths []string
	for _, entry := range entries {
		path := filepath.Join(cache, "xla", entry.Name(), PluginFile)
		if !isDigest(entry.Name()) {
			continue
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if entry.Name() == PinnedPlugin {
			paths = slices.Insert(paths, 0, path)
			continue
		}
		paths = append(paths, path)
	}
	return paths
}

// isDigest says whether a name is a SHA-256 digest in lower-case hexadecimal.
func isDigest(name string) bool {
	sum, err := hex.DecodeString(name)
	return err == nil && len(sum) == 32 && hex.EncodeToString(sum) == name
}
