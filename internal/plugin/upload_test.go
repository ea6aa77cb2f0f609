// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

// uploading is a stage with an operator and a simulator that tells it what happens.
func (s *stage) uploading(options muxsim.Options) *muxsim.Server {
	s.Helper()
	sim := s.simulator(options)
	env := s.environment(sim)
	url := s.operator()
	sim.AddWebhook(muxsim.DefaultEnvironmentID, url+"/webhooks/"+s.namespace+"/default", signingSecret)
	within(s, 20*time.Second, func() error {
		if err := s.Get(s.ctx, client.ObjectKeyFromObject(env), env); err != nil {
			return err
		}
		if env.Status.EnvironmentID == "" {
			return fmt.Errorf("the MuxEnvironment is %v", env.Status.Conditions)
		}
		return nil
	})
	return sim
}

// file makes a file of so many bytes, which has holes and costs no disk.
func (s *stage) file(name string, size int64) string {
	s.Helper()
	path := filepath.Join(s.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		s.Fatal(err)
	}
	return path
}

// uploadSize is how large the file is that is cut in the middle: UPLOAD_MIB, or 3 MiB, so that it is short; and its chunks.
func uploadSize(t *testing.T) (size int64, chunk string) {
	t.Helper()
	text := os.Getenv("UPLOAD_MIB")
	if text == "" {
		return 3 << 20, "512Ki"
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 20 {
		t.Fatalf("UPLOAD_MIB is %q, want 20 or more", text)
	}
	return n << 20, "8Mi"
}

// unlike are what differs between two runs, and what stands for it.
var unlike = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`intro-[0-9a-v]{16}`), "intro-HASH"},
	{regexp.MustCompile(`(stream|image)\.mux\.com/\w+`), "$1.mux.com/PLAYBACK"},
	{regexp.MustCompile(`"(assetID|id)": "\w+"`), `"$1": "ID"`},
	{regexp.MustCompile(`cut off \([^)]*\)`), "cut off (ERROR)"},
	{regexp.MustCompile(`/\S*/(\w+\.mp4)`), "DIR/$1"},
}

func alike(text string) string {
	for _, u := range unlike {
		text = u.pattern.ReplaceAllString(text, u.with)
	}
	return text
}

// TestUpload : the connection is cut in the middle of the file; the upload goes on from where Mux is, and ends Ready.
func TestUpload(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	sim := s.uploading(muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	size, chunk := uploadSize(t)
	sim.SetFaults(muxsim.Faults{CutUpload: []muxsim.Rule{{Times: 1, Bytes: size/2 + 1000}}})
	file := s.file("intro.mp4", size)
	got := s.run("upload", "--chunk-size", chunk, "--title", "Introduction", "--test", "--video-quality", "plus", file)
	t.Logf("kubectl mux upload --chunk-size %s intro.mp4\n%s%s", chunk, got.err, got.out)
	if got.code != exitFine {
		t.Fatalf("code %d: %s", got.code, got.err)
	}
	if strings.Contains(got.err+got.out, "signature") {
		t.Error("the upload URL was printed")
	}
	if size == 3<<20 {
		golden(t, "upload", alike(got.err+got.out))
	}
	upload := &video.MuxUpload{ObjectMeta: s.meta("intro")}
	if err := s.Get(s.ctx, client.ObjectKeyFromObject(upload), upload); err != nil {
		t.Fatal(err)
	}
	settings := upload.Spec.NewAssetSettings
	if upload.Status.State != "asset_created" || *upload.Spec.TimeoutSeconds != 86400 || *settings.Meta.Title != "Introduction" ||
		settings.VideoQuality != "plus" || settings.PlaybackPolicies[0].Policy != "public" || !*upload.Spec.Test {
		t.Errorf("the MuxUpload is %+v", upload)
	}
	again := s.run("upload", "-o", "json", file)
	golden(t, "upload_again_json", alike(again.out))
	if again.code != exitFine || strings.Contains(again.err, "uploading") {
		t.Errorf("once more it is uploaded again: %s", again.err)
	}
	s.refusesOthers(file)
}

// refusesOthers : the MuxUpload of one file takes no other.
func (s *stage) refusesOthers(file string) {
	s.Helper()
	if err := os.Truncate(file, 5); err != nil {
		s.Fatal(err)
	}
	if got := s.run("upload", file); got.code != exitFailed || !strings.Contains(got.err, "is of another file (intro.mp4, ") {
		s.Errorf("another file of the name: %d, %s", got.code, got.err)
	}
}

// TestUploadInterrupted : the command is interrupted in the middle, and the same command line goes on from there. A second file
// goes along with it.
func TestUploadInterrupted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	sim := s.uploading(muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	sim.SetFaults(muxsim.Faults{CutUpload: []muxsim.Rule{{Bytes: 1<<20 + 1}}})
	file := s.file("intro.mp4", 2<<20)
	ctx, interrupt := context.WithCancel(s.ctx)
	interrupted := *s
	interrupted.ctx = ctx
	var out bytes.Buffer
	seen := &noticing{text: "cut off", then: interrupt}
	code := interrupted.runOn(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: seen}, "upload", "--chunk-size", "256Ki", file)
	if code != exitInterrupted || !strings.Contains(seen.String(), "interrupted; the same command line goes on") {
		t.Fatalf("interrupted: %d, %s", code, seen.String())
	}
	sim.SetFaults(muxsim.Faults{})
	got := s.run("upload", "--chunk-size", "256Ki", file, s.file("outro.mp4", 1<<20))
	if got.code != exitFine || !strings.Contains(got.err, "intro.mp4: uploading 2.0 MiB, 1.0 MiB of it are there\n") ||
		!strings.Contains(got.err, "outro.mp4: uploading 1.0 MiB\n") || strings.Count(got.out, "is Ready") != 2 {
		t.Errorf("went on with: %d\n%s%s", got.code, got.err, got.out)
	}
}

// noticing calls a function once, when a text was written.
type noticing struct {
	mu   sync.Mutex
	seen bytes.Buffer
	text string
	then func()
}

func (n *noticing) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen.Write(p)
	if strings.Contains(n.seen.String(), n.text) {
		n.then()
	}
	return len(p), nil
}

func (n *noticing) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seen.String()
}

// TestUploadOnTerminal : a bar that is drawn over. The clock stands still, so that it is drawn after chunks and not between.
func TestUploadOnTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	s := newStage(t)
	s.now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	s.uploading(muxsim.Options{ReadyAfter: 100 * time.Millisecond})
	tty := newTerminal(t)
	code := s.runOn(tty.streams, "upload", "--chunk-size", "256Ki", s.file("intro.mp4", 1<<20))
	shown := tty.shown()
	if code != exitFine {
		t.Fatalf("code %d: %s", code, shown)
	}
	golden(t, "upload_terminal", alike(strings.ReplaceAll(strings.ReplaceAll(shown, "\r\n", "\n"), "\x1b", "ESC")), "\r", "CR")
}

// TestUploadRefuses : what cannot be done is said before anything is made.
func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	file, empty := s.file("intro.mp4", 5), s.file("empty.mp4", 0)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no file":           {nil, "requires at least 1 arg"},
		"a file that lacks": {[]string{"nowhere.mp4"}, "no such file"},
		"a folder":          {[]string{t.TempDir()}, "is no file"},
		"an empty file":     {[]string{empty}, "is empty"},
		"an odd chunk":      {[]string{"--chunk-size", "300000", file}, "use a multiple of 256Ki"},
		"no number":         {[]string{"--chunk-size", "some", file}, "use a multiple of 256Ki"},
		"valid too long":    {[]string{"--valid-for", "200h", file}, "use 1m to 168h"},
		"none at once":      {[]string{"--parallel", "0", file}, "use 1 or more"},
		"a name for two":    {[]string{"--name", "a", file, empty}, "--name is for one file"},
		"one name twice":    {[]string{file, s.file("intro.mp4", 6)}, "would both be the MuxUpload intro"},
		"a nameless file":   {[]string{s.file("___.mp4", 5)}, "give one with --name"},
		"a wrong format":    {[]string{"-o", "xml", file}, "--output"},
		"an environment":    {[]string{"--environment", "a/b/c", file}, "use NAME or NAMESPACE/NAME"},
		"Invalid policy":    {[]string{"--policy", "open", file}, "Unsupported value"},
	} {
		if got := s.run(append([]string{"upload"}, test.args...)...); got.code != exitFailed || !strings.Contains(got.err, test.want) {
			t.Errorf("%s: code %d, %s", name, got.code, got.err)
		}
	}
	upload := &video.MuxUpload{ObjectMeta: s.meta("intro")}
	upload.Spec.EnvironmentRef.Name, upload.Spec.CORSOrigin = "default", "*"
	s.create(upload)
	if got := s.run("upload", file); !strings.Contains(got.err, "was not made by this command") {
		t.Errorf("a MuxUpload of somebody else: %s", got.err)
	}
	if got := s.run("upload", "--timeout", "1s", "--name", "waits", file); !strings.Contains(got.err, "is the operator running?") {
		t.Errorf("without an operator: %s", got.err)
	}
}
