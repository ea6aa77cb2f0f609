// SPDX-License-Identifier: Apache-2.0

package install

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"
)

// healthCase is an object at one moment of its life, and what Argo CD and kstatus are to make of it.
type healthCase struct {
	Name    string                    `json:"name"`
	Health  string                    `json:"health"`
	Message string                    `json:"message"`
	KStatus string                    `json:"kstatus"`
	Object  unstructured.Unstructured `json:"object"`
}

// TestHealth runs Argo CD's script in a Lua interpreter on every case, and computes kstatus of the same object.
func TestHealth(t *testing.T) {
	data, err := os.ReadFile("testdata/health.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []healthCase
	if err := yaml.UnmarshalStrict(data, &cases); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(filepath.Join(root, "config/argocd/health.lua"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		health, message, err := judge(string(script), c.Object.Object)
		if err != nil || health != c.Health || message != c.Message {
			t.Errorf("%s: %s (%s), %v", c.Name, health, message, err)
		}
		result, err := status.Compute(&c.Object)
		if err != nil || result.Status.String() != c.KStatus {
			t.Errorf("%s: kstatus %v, %v", c.Name, result, err)
		}
	}
	if len(cases) < 8 {
		t.Errorf("%d cases only", len(cases))
	}
}

// judge is what Argo CD does: obj is the object, the script returns its health. The script has no libraries but the basic one.
func judge(script string, object map[string]any) (health, message string, err error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	lua.OpenBase(state)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return "", "", err
	}
	result, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "", "", fmt.Errorf("the script returned %v", state.Get(-1))
	}
	return result.RawGetString("status").String(), result.RawGetString("message").String(), nil
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch v := value.(type) {
	case map[string]any:
		table := state.NewTable()
		for name, inner := range v {
			table.RawSetString(name, toLua(state, inner))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, inner := range v {
			table.Append(toLua(state, inner))
		}
		return table
	case string:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case int64:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	}
	return lua.LNil
}
