// Who am I, and which namespaces are there? With @kubernetes/client-node, as KUBECONFIG says.
import * as k8s from "@kubernetes/client-node";

const config = new k8s.KubeConfig();
config.loadFromDefault();
const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
const review = await config.makeApiClient(k8s.AuthenticationV1Api).createSelfSubjectReview({ body });
const namespaces = await config.makeApiClient(k8s.CoreV1Api).listNamespace();
console.log(
  JSON.stringify({
    who: review.status.userInfo.username,
    namespaces: namespaces.items.map((each) => each.metadata.name),
  }),
);
