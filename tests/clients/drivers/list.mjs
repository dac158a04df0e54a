// One list of pods with @kubernetes/client-node, as the kubeconfig in KUBECONFIG says.
import * as k8s from "@kubernetes/client-node";

const config = new k8s.KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(k8s.CoreV1Api);
try {
  await api.listNamespacedPod({});
} catch (error) {
  if (error?.constructor?.name !== "RequiredError") throw error;
  // There is no default: a program names the namespace.
  await api.listNamespacedPod({ namespace: "named-by-the-program" });
}
