package lab

import "time"

// HeartbeatForTest sets the time between two heartbeats.
func HeartbeatForTest(every time.Duration) Option { return func(o *options) { o.beat = every } }

// WatchForTest sets the time between two looks at the session's folder.
func WatchForTest(every time.Duration) Option { return func(o *options) { o.watch = every } }
