// SPDX-License-Identifier: Apache-2.0

package webhookreceiver

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// TestBody reads bodies around the sizes of blocks, in whatever pieces they come.
func TestBody(t *testing.T) {
	for _, size := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 3 * blockSize, maxBody} {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i * 7)
		}
		for name, reader := range map[string]io.Reader{
			"at once": bytes.NewReader(want), "by halves": iotest.HalfReader(bytes.NewReader(want)),
			"with its end": iotest.DataErrReader(bytes.NewReader(want)),
		} {
			var b body
			if err := b.read(reader); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.bytes(), want) || !bytes.Equal(bytes.Join(b, nil), want) {
				t.Errorf("a body of %d bytes that comes %s is not what was sent", size, name)
			}
			if len(b) > size/blockSize+1 {
				t.Errorf("a body of %d bytes takes %d blocks", size, len(b))
			}
			b.release()
			if b != nil {
				t.Errorf("%d blocks are left", len(b))
			}
		}
	}
}

// TestCutBody tells of a body that breaks off.
func TestCutBody(t *testing.T) {
	cut := errors.New("cut")
	var b body
	if err := b.read(io.MultiReader(bytes.NewReader(make([]byte, 2*blockSize)), iotest.ErrReader(cut))); !errors.Is(err, cut) {
		t.Errorf("got %v", err)
	}
	b.release()
}
