package supernet_test

import (
	"testing"

	"naslab.dev/nasx/backend/backendtest"
)

func TestMain(m *testing.M) { backendtest.Main(m) }
