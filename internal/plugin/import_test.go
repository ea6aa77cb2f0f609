// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
	"github.com/mux-operator/mux-operator/internal/mux"
	"github.com/mux-operator/mux-operator/internal/muxsim"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// importing is a stage with a Mux environment in which something is, at noon. The seed makes ids that no other test has: what an
// object of any namespace has is left out.
func importing(t *testing.T, seed uint64) (*stage, *muxsim.Server, *mux.Client) {
	t.Helper()
	s := newStage(t)
	s.now = noon
	clock := muxsim.NewManualClock(noon.Add(-48 * time.Hour))
	sim := s.simulator(muxsim.Options{Clock: clock, ReadyAfter: time.Second, Seed: seed})
	s.environment(sim)
	c := muxClient(t, sim)
	if _, err := sim.SeedAssets(muxsim.DefaultEnvironmentID, 2, noon.Add(-72*time.Hour), time.Hour); err != nil {
		t.Fatal(err)
	}
	settings := mux.AssetSettings{
		Inputs: []mux.Input{
			{URL: "https://example.com/a.mp4", GeneratedSubtitles: []mux.GeneratedSubtitlesRequest{{LanguageCode: "en", Name: "English"}}},
			{URL: "https://example.com/a.vtt", Type: "text", TextType: "subtitles", LanguageCode: "de", Name: "Deutsch"},
		},
		PlaybackPolicies: []string{"public", "signed", "public"},
		Meta:             &mux.MetadataRequest{Title: new("Introduction: \"the\n one\""), CreatorID: new("jane")},
		Passthrough:      new("order-17"), VideoQuality: "plus",
		StaticRenditions: []mux.StaticRenditionRequest{{Resolution: "highest"}, {Resolution: "audio-only"}},
	}
	if _, err := c.CreateAsset(t.Context(), mux.CreateAssetRequest{AssetSettings: settings}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateAsset(t.Context(), mux.CreateAssetRequest{AssetSettings: mux.AssetSettings{Inputs: []mux.Input{{URL: "https://example.com/sim-error.mp4"}}}}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	clock.Advance(46*time.Hour - time.Minute) // two hours ago
	if _, err := c.CreateLiveStream(t.Context(), mux.CreateLiveStreamRequest{
		PlaybackPolicies: []string{"public"}, LatencyMode: "reduced", ReconnectWindow: new(30.), Meta: &mux.MetadataRequest{Title: new("Studio")},
		Passthrough: new("mux-operator/token"),
		NewAssetSettings: &mux.AssetSettings{
			PlaybackPolicies: []string{"signed"}, VideoQuality: "plus", Meta: &mux.MetadataRequest{Title: new("Recording")},
			Passthrough: new("recording-17"), MasterAccess: "temporary", StaticRenditions: []mux.StaticRenditionRequest{{Resolution: "highest", Passthrough: "file"}},
		},
		EmbeddedSubtitles: []mux.EmbeddedSubtitlesRequest{{LanguageChannel: "cc1", LanguageCode: "en", Name: "English"}},
		ReconnectSlateURL: new(mux.Secret("https://example.com/slate.png?key=canary")),
		SimulcastTargets:  []mux.SimulcastTargetRequest{{URL: "rtmp://canary.example.com/live", StreamKey: "canary", Passthrough: "elsewhere"}},
	}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour)
	return s, sim, c
}

// TestImport : a manifest for everything at Mux that no object has, with nothing secret in it.
func TestImport(t *testing.T) {
	t.Parallel()
	s, sim, c := importing(t, 7)
	all := s.run("import", "--all")
	if all.code != exitFine {
		t.Fatalf("code %d: %s", all.code, all.err)
	}
	golden(t, "import_all", all.out+all.err, s.namespace, "NAMESPACE")
	if strings.Contains(all.out+all.err, "canary") {
		t.Error("a secret is in a manifest")
	}
	if again := s.run("import", "--all"); again.out != all.out {
		t.Error("the second time it is another text")
	}
	recent := s.run("import", "--all", "--since", "24h", "--deletion-policy", "Delete", "--management-policy", "Observe")
	golden(t, "import_recent", recent.out+recent.err, s.namespace, "NAMESPACE")
	ids := sim.AssetIDs(muxsim.DefaultEnvironmentID)
	live, err := c.ListLiveStreams(t.Context(), 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	named := s.run("import", ids[0], live.Value[0].ID, ids[0])
	if named.code != exitFine || strings.Count(named.out, "kind: ") != 2 || !strings.Contains(named.out, "kind: MuxLiveStream") {
		t.Errorf("by their ids: %+v", named)
	}
	partly := s.run("import", "nobodyknowsit00000000000000000000", ids[0])
	if partly.code != exitFailed || strings.Count(partly.out, "kind: ") != 1 || !strings.Contains(partly.err, "no asset and no live stream nobody") || !strings.Contains(partly.err, "1 of 2 ids failed") {
		t.Errorf("one of two: %+v", partly)
	}
	if got := s.kubectlStdin(all.out, "apply", "--dry-run=server", "-f", "-"); strings.Count(got, "created") != 4 {
		t.Errorf("kubectl apply says %s", got)
	}
	s.leavesOut(ids, all.out)
}

// leavesOut : what an object has, in whatever namespace, is left out, and goes into files where it is asked for.
func (s *stage) leavesOut(ids []string, all string) {
	s.Helper()
	other := &video.MuxAsset{ObjectMeta: s.meta("has-it")}
	other.Namespace = s.newNamespace()
	other.Spec.EnvironmentRef, other.Spec.Import = video.EnvironmentReference{Name: "default"}, &video.ImportSpec{ID: ids[0]}
	s.create(other)
	s.Cleanup(func() { // the ids are the same when the test runs again
		if err := s.Delete(context.WithoutCancel(s.ctx), other); err != nil {
			s.Error(err)
		}
	})
	dir := filepath.Join(s.TempDir(), "new", "videos")
	got := s.run("import", "--all", "--kind", "muxasset", "--output-dir", dir)
	files, err := os.ReadDir(dir)
	if err != nil || got.code != exitFine || got.out != "" || len(files) != 2 || !strings.Contains(got.err, "2 manifests written; 1 left out, which an object in the cluster has already") {
		s.Errorf("%+v, %v, %v", got, files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil || !strings.Contains(all, string(text)) {
			s.Errorf("%s is another text: %s (%v)", file.Name(), text, err)
		}
	}
	if got := s.run("import", ids[0]); got.code != exitFine || got.out != "" || !strings.Contains(got.err, "muxasset/has-it of the namespace "+other.Namespace+" has it already") {
		s.Errorf("%+v", got)
	}
}

// TestImportRefuses : flags that mean nothing, and a Mux that cannot be read.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	s, sim, _ := importing(t, 8)
	check := func(name, want string, args ...string) {
		t.Helper()
		if got := s.run(append([]string{"import"}, args...)...); got.code != exitFailed || !strings.Contains(got.err, want) || got.out != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	check("nothing", "name ids, or use --all")
	check("both", "name ids, or use --all", "--all", "id")
	check("since of ids", "--since is for --all", "--since", "1h", "id")
	check("a kind", "use muxasset, muxlivestream", "--all", "--kind", "muxupload")
	check("a policy", "use Managed or Observe", "--all", "--management-policy", "None")
	check("another policy", "use Retain or Delete", "--all", "--deletion-policy", "None")
	check("an unknown id", "no asset and no live stream nobodyknowsit00000000000000000000", "nobodyknowsit00000000000000000000")
	check("an environment", "read the MuxEnvironment", "--all", "--environment", "other")
	env := &video.MuxEnvironment{ObjectMeta: s.meta("default")}
	if err := s.Get(s.ctx, client.ObjectKeyFromObject(env), env); err != nil {
		t.Fatal(err)
	}
	s.status(env, func() { env.Status.EnvironmentID = "another" })
	check("another environment", "the credentials are of the Mux environment "+muxsim.DefaultEnvironmentID, "--all")
	s.status(env, func() { env.Status.EnvironmentID = "" })
	sim.SetFaults(muxsim.Faults{Throttle: []muxsim.Rule{{Route: "/video/v1/assets", Times: 1}}, Status5xxBefore: []muxsim.Rule{{Route: "/video/v1/live-streams", Times: 1}}})
	if got := s.run("import", "--all"); got.code != exitFine || strings.Count(got.out, "kind: ") != 4 {
		t.Errorf("put off once: %+v", got)
	}
	sim.SetFaults(muxsim.Faults{Unauthorized: []muxsim.Rule{{}}})
	check("no right", "ask Mux who the credentials", "--all")
}

// kubectlStdin runs kubectl in the stage's namespace with something to read.
func (s *stage) kubectlStdin(in string, args ...string) string {
	s.Helper()
	command := exec.CommandContext(s.ctx, plane.Kubectl(), append([]string{"--kubeconfig", s.kubeconfig, "--namespace", s.namespace}, args...)...)
	command.Stdin = strings.NewReader(in)
	var failed bytes.Buffer
	command.Stderr = &failed
	output, err := command.Output()
	if err != nil {
		s.Fatalf("kubectl %v: %v %s", args, err, failed.String())
	}
	return string(output)
}

// importSize is how many assets there are: IMPORT_ASSETS, or a few, so that it is short.
func importSize(t *testing.T) int {
	t.Helper()
	text := os.Getenv("IMPORT_ASSETS")
	if text == "" {
		return 25
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("IMPORT_ASSETS is %q, want a number", text)
	}
	return n
}

// TestImportAdopts : what import prints of all that is at Mux is applied to a real API server with a real operator. All is adopted,
// nothing is created or changed at Mux; applied once more, nothing is written anywhere.
func TestImportAdopts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	n := importSize(t)
	sim := s.uploading(muxsim.Options{Seed: uint64(time.Now().UnixNano())}) // ids that nobody has
	ids, err := sim.SeedAssets(muxsim.DefaultEnvironmentID, n, time.Now().Add(-time.Hour), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	c := muxClient(t, sim)
	for i, id := range ids {
		if i%3 > 0 { // a third has no title, and many have the same one
			change := mux.UpdateAssetRequest{Passthrough: new(fmt.Sprint("order-", i)), Meta: &mux.MetadataRequest{Title: new(fmt.Sprint("Video ", i%5)), CreatorID: new("jane")}}
			if _, err := c.UpdateAsset(s.ctx, id, change); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.declares(c)
	sim.ResetRequests()
	began := time.Now()
	printed := s.run("import", "--all")
	if printed.code != exitFine || strings.Count(printed.out, "kind: ") != n+3 {
		t.Fatalf("%d of %d manifests: %s", strings.Count(printed.out, "kind: "), n+3, printed.err)
	}
	if got := strings.Count(s.kubectlStdin(printed.out, "apply", "-f", "-"), " created"); got != n+3 {
		t.Fatalf("%d were applied", got)
	}
	s.adopted(n + 3)
	s.saysAll(printed.out)
	t.Logf("%d assets, one with files and subtitles, and two live streams: printed, applied and adopted in %.1f s; calls of Mux: %v", n, time.Since(began).Seconds(), calls(sim))
	if changes := changesOf(sim); len(changes) > 0 {
		t.Errorf("adopted with changes at Mux: %v", changes)
	}
	s.changesNothing(sim, printed.out, n+3)
}

// declares makes at Mux what has more than a seed has: an asset with files and subtitles, and a live stream with settings.
func (s *stage) declares(c *mux.Client) {
	s.Helper()
	settings := mux.AssetSettings{
		Inputs: []mux.Input{
			{URL: "https://example.com/a.mp4", GeneratedSubtitles: []mux.GeneratedSubtitlesRequest{{LanguageCode: "en", Name: "English"}, {LanguageCode: "de"}}},
			{URL: "https://example.com/a.vtt", Type: "text", TextType: "subtitles", LanguageCode: "fr", Name: "Français"},
		},
		PlaybackPolicies: []string{"public", "signed", "public"}, Meta: &mux.MetadataRequest{Title: new("Whole"), ExternalID: new("17")},
		StaticRenditions: []mux.StaticRenditionRequest{{Resolution: "highest", Passthrough: "file"}, {Resolution: "audio-only"}},
	}
	made, err := c.CreateAsset(s.ctx, mux.CreateAssetRequest{AssetSettings: settings})
	if err != nil {
		s.Fatal(err)
	}
	within(s, 20*time.Second, func() error {
		now, err := c.GetAsset(s.ctx, made.Value.ID)
		if err != nil || now.Value.StaticRenditions == nil || len(now.Value.StaticRenditions.Files) != 2 || now.Value.StaticRenditions.Files[0].Status != "ready" {
			return fmt.Errorf("it has %+v (%v)", now.Value.StaticRenditions, err)
		}
		return nil
	})
	if _, err := c.CreateLiveStream(s.ctx, mux.CreateLiveStreamRequest{
		PlaybackPolicies: []string{"public"}, LatencyMode: "low", Meta: &mux.MetadataRequest{Title: new("Studio")}, Passthrough: new("studio-17"),
		NewAssetSettings: &mux.AssetSettings{
			PlaybackPolicies: []string{"public"}, VideoQuality: "plus", Meta: &mux.MetadataRequest{Title: new("Recording"), CreatorID: new("jane")},
			StaticRenditions: []mux.StaticRenditionRequest{{Resolution: "highest"}},
		},
		SimulcastTargets:  []mux.SimulcastTargetRequest{{URL: "rtmp://example.com/live", StreamKey: "key", Passthrough: "elsewhere"}},
		EmbeddedSubtitles: []mux.EmbeddedSubtitlesRequest{{LanguageChannel: "cc1", LanguageCode: "en", Name: "English"}, {LanguageChannel: "cc3", Name: "Deutsch", LanguageCode: "de"}},
		ReconnectSlateURL: new(mux.Secret("https://example.com/slate.png")),
	}); err != nil {
		s.Fatal(err)
	}
	if _, err := c.CreateLiveStream(s.ctx, mux.CreateLiveStreamRequest{
		PlaybackPolicies: []string{"public", "signed"}, LatencyMode: "standard", ReconnectWindow: new(90.), UseSlateForStandardLatency: new(true),
		NewAssetSettings: &mux.AssetSettings{
			PlaybackPolicies: []string{"public"}, MP4Support: "capped-1080p", MasterAccess: "temporary", Passthrough: new("recording-18"), MaxResolutionTier: "1080p",
		},
		GeneratedSubtitles: []mux.LiveSubtitlesRequest{{LanguageCode: "fr", Name: "Français", Passthrough: "words"}},
	}); err != nil {
		s.Fatal(err)
	}
}

// saysAll : what Mux shows of the live streams is in their manifests.
func (s *stage) saysAll(printed string) {
	s.Helper()
	for _, want := range []string{
		"reconnectSlateURL: https://example.com/slate.png", "languageChannel: cc3", "mp4Support: capped-1080p", "masterAccess: temporary",
		"passthrough: recording-18", "useSlateForStandardLatency: true", "reconnectWindowSeconds: 90", "  generatedSubtitles:\n  - languageCode: fr\n    name: Français\n    passthrough: words",
		"    staticRenditions:\n    - resolution: highest", "# 1 simulcast target left out, and left alone at Mux: keys do not belong into a manifest\n",
	} {
		if !strings.Contains(printed, want) {
			s.Errorf("no manifest says %q", want)
		}
	}
}

// TestImportOfWhatASpecCannotSay : a list is said wholly or not at all, and the manifest tells of it.
func TestImportOfWhatASpecCannotSay(t *testing.T) {
	stream := &mux.LiveStream{
		EmbeddedSubtitles:  []mux.EmbeddedSubtitles{{LanguageChannel: "cc1"}, {LanguageChannel: "cc1"}},
		GeneratedSubtitles: []mux.GeneratedSubtitles{{LanguageCode: "ja"}},
		ReconnectSlateURL:  "https://jane:secret@example.com/slate.png",
		NewAssetSettings:   &mux.NewAssetSettings{StaticRenditions: &mux.StaticRenditions{Files: []mux.StaticRendition{{Resolution: "720p"}, {Resolution: "4320p"}}}},
	}
	o, left := &video.MuxLiveStream{}, omissions{}
	liveLists(o, stream, &left)
	if diff := cmp.Diff(video.MuxLiveStreamSpec{}, o.Spec); diff != "" {
		t.Error(diff)
	}
	want := omissions{
		"1 URL of the slate left out, and left alone at Mux: it may hold a key",
		"2 captions left out, and left alone at Mux: a spec cannot say all of them",
		"1 subtitle setting left out, and left alone at Mux: a spec cannot say all of them",
		"2 recording files left out, and left alone at Mux: a spec cannot say all of them",
	}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Error(diff)
	}
}

// TestImportTable : docs/kubectl-mux.md says of every field of the specs whether import writes it, and names no other.
func TestImportTable(t *testing.T) {
	_, table, found := strings.Cut(readFile(t, pagePath), "| field | in the manifest |")
	table, _, _ = strings.Cut(table, "\n\n")
	if !found {
		t.Fatal("the page has no table of the fields")
	}
	fields := append(fieldsOf(reflect.TypeFor[video.MuxAssetSpec]()), fieldsOf(reflect.TypeFor[video.MuxLiveStreamSpec]())...)
	for _, field := range fields {
		if !strings.Contains(table, "`"+field+"`") {
			t.Errorf("the table says nothing of %s", field)
		}
	}
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		for _, name := range regexp.MustCompile("`[a-zA-Z]+`").FindAllString(strings.Split(line, "|")[1], -1) {
			if !slices.Contains(fields, strings.Trim(name, "`")) {
				t.Errorf("the table names %s, which is no field", name)
			}
		}
	}
}

// adopted waits until all objects are Ready and their specs have reached Mux.
func (s *stage) adopted(n int) {
	s.Helper()
	within(s, 5*time.Minute, func() error {
		done := 0
		for _, o := range s.imported() {
			conditions := o.GetConditions()
			if meta.IsStatusConditionTrue(conditions, video.ConditionSynced) && meta.IsStatusConditionTrue(conditions, video.ConditionReady) {
				done++
			}
		}
		if done != n {
			return fmt.Errorf("%d of %d are adopted", done, n)
		}
		return nil
	})
}

// imported are all MuxAssets and MuxLiveStreams of the stage.
func (s *stage) imported() (all []object) {
	s.Helper()
	assets, streams := &video.MuxAssetList{}, &video.MuxLiveStreamList{}
	for _, list := range []client.ObjectList{assets, streams} {
		if err := s.List(s.ctx, list, client.InNamespace(s.namespace)); err != nil {
			s.Fatal(err)
		}
	}
	for i := range assets.Items {
		all = append(all, &assets.Items[i])
	}
	for i := range streams.Items {
		all = append(all, &streams.Items[i])
	}
	return all
}

// changesNothing applies the same once more. The operator reads each object once more 30 s after its adoption, which it notes; this
// has to be over, or not yet begun.
func (s *stage) changesNothing(sim *muxsim.Server, manifests string, n int) {
	s.Helper()
	if n > 50 {
		within(s, 5*time.Minute, func() error {
			for _, o := range s.imported() {
				status := o.(interface{ GetFollowedStatus() *video.FollowedStatus }).GetFollowedStatus()
				if status.Identified == nil || !status.Identified.Confirmed {
					return fmt.Errorf("%s is not confirmed", o.GetName())
				}
			}
			return nil
		})
	}
	before := s.versions()
	sim.ResetRequests()
	if got := strings.Count(s.kubectlStdin(manifests, "apply", "-f", "-"), " unchanged"); got != n {
		s.Errorf("%d of %d are unchanged", got, n)
	}
	if again := s.run("import", "--all"); again.out != "" || !strings.Contains(again.err, fmt.Sprintf("0 manifests written; %d left out", n)) {
		s.Errorf("imported once more: %+v", again)
	}
	written := 0
	for name, version := range s.versions() {
		if before[name] != version {
			written++
		}
	}
	if changes := changesOf(sim); written > 0 || len(changes) > 0 {
		s.Errorf("applied twice: %d objects were written, changes at Mux: %v", written, changes)
	}
	s.Logf("applied once more: %d objects written, calls of Mux: %v", written, calls(sim))
}

func (s *stage) versions() map[string]string {
	versions := map[string]string{}
	for _, o := range s.imported() {
		versions[fmt.Sprintf("%T %s", o, o.GetName())] = o.GetResourceVersion()
	}
	return versions
}

// calls counts the requests that a simulator has seen.
func calls(sim *muxsim.Server) map[string]int {
	counts := map[string]int{}
	for _, request := range sim.Requests() {
		counts[request.Method+" "+request.Route]++
	}
	return counts
}

// changesOf are those that are no reading.
func changesOf(sim *muxsim.Server) (changes []string) {
	for _, request := range sim.Requests() {
		if request.Method != http.MethodGet {
			changes = append(changes, request.Method+" "+request.Route)
		}
	}
	return changes
}
