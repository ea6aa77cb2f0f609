// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"text/template"

	video "github.com/mux-operator/mux-operator/api/v1alpha1"
)

// invitation holds lines to copy. The webhook's body speaks of the sample asset as Mux would after its passthrough was changed
// elsewhere; its time makes it newer than all that the status holds. It repeats the metadata, which the sample's spec owns: the
// operator would mend it at the simulator, whose answer knows nothing of the passthrough.
var invitation = template.Must(template.New("").Parse(`
All of it runs on 127.0.0.1 until you press Ctrl-C. In another terminal:

    export KUBECONFIG={{.Kubeconfig}}
    export PATH={{.Bin}}:{{.Kubectl}}:$PATH
    kubectl get mux --all-namespaces
    kubectl mux explain -n {{.Asset.Namespace}} muxasset/{{.Asset.Name}}

Send a webhook as Mux does, signed with the secret in the environment's Secret, and see it in the status:

    secret=$(kubectl -n {{.Env.Namespace}} get secret {{.Ref.Name}} -o jsonpath='{.data.{{.Ref.Key}}}' | base64 -d)
    body='{"type":"video.asset.updated","id":"from-a-terminal","created_at":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'","environment":{"id":"{{.Env.Status.EnvironmentID}}"},"data":{"id":"{{.Asset.Status.ID}}","status":"ready","duration":{{.Seconds}},"aspect_ratio":"{{.Asset.Status.AspectRatio}}","playback_ids":{{.PlaybackIDs}},"meta":{{.Meta}},"passthrough":"hello"}}'
    t=$(date +%s); v1=$(printf '%s.%s' "$t" "$body" | openssl dgst -sha256 -hmac "$secret" | sed 's/.* //')
    curl -i -H "Mux-Signature: t=$t,v1=$v1" -d "$body" {{.URL}}
    kubectl -n {{.Asset.Namespace}} get muxasset {{.Asset.Name}} -o jsonpath='{.status.passthrough}{"\n"}'

The operator's log:   {{.Dir}}/mux-operator.log
The operator's metrics:   http://{{.Metrics}}/metrics
What Mux was asked:   {{.Mux}}/_sim/requests
More to try, a broadcast and an upload among it:   docs/playground.md

`))

// stay invites to go on and waits. A person who stops it ends a run that has come to its point; a process that ends by itself
// is an error.
func (s *stage) stay(w io.Writer) error {
	if err := s.invite(w); err != nil {
		return err
	}
	<-s.ctx.Done()
	if s.interrupted() {
		return nil
	}
	return s.cause()
}

// invite says how to go on from another terminal.
func (s *stage) invite(w io.Writer) error {
	env, err := s.environment()
	if err != nil {
		return err
	}
	var assets video.MuxAssetList
	if err := s.client.List(s.ctx, &assets); err != nil {
		return err
	}
	if len(assets.Items) == 0 {
		return fmt.Errorf("the samples hold no MuxAsset")
	}
	asset := assets.Items[0]
	var seconds float64
	if asset.Status.Duration != nil {
		seconds = asset.Status.Duration.Seconds()
	}
	metadata, playbackIDs := map[string]string{}, []map[string]string{}
	if m := asset.Status.Meta; m != nil {
		metadata = map[string]string{"title": m.Title, "creator_id": m.CreatorID, "external_id": m.ExternalID}
	}
	for _, id := range asset.Status.PlaybackIDs {
		playbackIDs = append(playbackIDs, map[string]string{"id": id.ID, "policy": id.Policy})
	}
	bin, err := filepath.Abs("bin")
	if err != nil {
		return err
	}
	return invitation.Execute(w, map[string]any{
		"Kubeconfig": s.kubeconfig(), "Bin": bin, "Kubectl": filepath.Dir(s.plane.Kubectl()), "Dir": s.dir,
		"Asset": asset, "Seconds": seconds, "Meta": asJSON(metadata), "PlaybackIDs": asJSON(playbackIDs), "Env": env, "Ref": env.Spec.Webhook.SigningSecretRefs[0],
		"URL": s.webhookURL(env), "Metrics": address(s.ports.metrics), "Mux": s.muxURL(),
	})
}

func asJSON(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err) // texts in maps and lists always have a JSON form
	}
	return string(data)
}
