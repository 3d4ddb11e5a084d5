// What the kubelet makes of a docker config: a window on its own package for it.
//
// Reads questions from stdin, one JSON object a line: {"config": BASE64 of a config.json, "images": [...]}.
// Answers each with a line: {"refused": bool, "credentials": [[{"username", "password"}...] for each image]}.
package main

import (
	"bufio"
	"encoding/json"
	"io/ioutil"
	"os"
	"path/filepath"

	"k8s.io/kubernetes/pkg/credentialprovider"
)

type question struct {
	Config []byte   `json:"config"`
	Images []string `json:"images"`
}

type credential struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type answer struct {
	Refused     bool           `json:"refused"`
	Credentials [][]credential `json:"credentials"`
}

func main() {
	folder, err := ioutil.TempDir("", "credential-oracle")
	must(err)
	defer os.RemoveAll(folder)
	questions := json.NewDecoder(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	for questions.More() {
		var asked question
		must(questions.Decode(&asked))
		must(json.NewEncoder(out).Encode(ask(filepath.Join(folder, "config.json"), asked)))
	}
	must(out.Flush())
}

func ask(path string, asked question) answer {
	must(ioutil.WriteFile(path, asked.Config, 0600))
	config, err := credentialprovider.ReadSpecificDockerConfigJSONFile(path)
	if err != nil {
		return answer{Refused: true, Credentials: [][]credential{}}
	}
	keyring := &credentialprovider.BasicDockerKeyring{}
	keyring.Add(config)
	credentials := make([][]credential, 0, len(asked.Images))
	for _, image := range asked.Images {
		found, _ := keyring.Lookup(image)
		usable := make([]credential, 0, len(found))
		for _, one := range found {
			usable = append(usable, credential{one.Username, one.Password})
		}
		credentials = append(credentials, usable)
	}
	return answer{Credentials: credentials}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
