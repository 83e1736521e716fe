package datasets

// LoadFolder reads a folder of class folders.
func LoadFolder(string, Options) (*Set, error) { return nil, ErrMissing }
