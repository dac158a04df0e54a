// Who am I, and which namespaces are there? With client-go, as KUBECONFIG says.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	authentication "k8s.io/api/authentication/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if err := ask(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask(ctx context.Context) error {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	review := &authentication.SelfSubjectReview{}
	review, err = client.AuthenticationV1().SelfSubjectReviews().Create(ctx, review, meta.CreateOptions{})
	if err != nil {
		return err
	}
	found, err := client.CoreV1().Namespaces().List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	names := []string{}
	for _, each := range found.Items {
		names = append(names, each.Name)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"who": review.Status.UserInfo.Username, "namespaces": names})
}
