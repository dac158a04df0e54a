"""`-o jsonpath=` answers as kubectl, or both refuse: what the documented subset has."""

import re

import pytest
from answers import ask

CONFIG = """\
apiVersion: v1
kind: Config
current-context: x
clusters:
- {name: a, cluster: {server: "https://a<b", certificate-authority-data: aGk=, insecure-skip-tls-verify: true}}
- {name: b, cluster: {server: "https://b"}}
users:
- name: u
  user:
    exec:
      {command: c, apiVersion: client.authentication.k8s.io/v1beta1, args: [one, two], env: [{name: A, value: "1"}]}
- {name: v, user: {username: x}}
- {name: "a.b/c:d@e", user: {token: t}}
contexts:
- {name: x, context: {cluster: a, user: u}}
- {name: yy, context: {cluster: b, user: v, namespace: nn}}
- {name: "O'Neil", context: {cluster: b, user: v}}
extensions:
- {name: e, extension: {n: 1, f: 1.5, t: true, z: null, "a.b": dotted, l: [3, 1, 2], o: {k: [{q: 1}, {q: 2}]}}}
"""
TEMPLATES = r"""
{.users}
{.clusters[0]}
{.users[0].user.exec}
{.users[0].user.exec.env}
{.extensions}
{.nope}
{}
{.users[0,1].name}
{.clusters[0,0].name}
{.contexts[*]['name','context']}
{.users[?(@.user.exec.args[0]=="one")].name}
plain text
.kind
{range .users[*]}x{end}
{.clusters[*].name} and {.kind}
{range .contexts[*]}{.name}{"\t"}{.context.namespace}{"\n"}{end}
{.contexts[?(@.context.namespace)].name}
{.contexts[?(@.context.namespace=="nn")].name}
{.contexts[?(@.name!="x")].name}
{.contexts[-1].name}
{.contexts[0:1].name}
{.contexts[1:].name}
{.contexts[:1].name}
{.contexts[9].name}
{.clusters[3:1].name}
{.clusters[0:5].name}
{.clusters[*].cluster.server}
{..server}
{1}
{true}
{"x"}
{'y'}
{.contexts[*].name}{"\n"}
{$.kind}
{.current-context}
{.contexts}
{.users[?(@.name=="u" && @.name=="u")].name}
{.preferences}
{.users[1].user.username}
{.users[*].user['username']}
{.clusters[?(@.cluster.server=="https://b")].name}
{.kind}{.apiVersion}
{end}
{.a
{.contexts[0]['name']}
{.clusters[].cluster.server}
{.clusters[ ].name}
{.clusters[0].cluster.server}
{ .clusters[0].cluster.server }
{.clusters[?(@.name == 'a')].cluster.server}
{.clusters[?(@.name=='a')].cluster.server}
{.clusters[?( @.name == "a" )].cluster.server}
{.clusters[?(.name=="a")].cluster.server}
{.clusters[?(@['name']=="a")].cluster.server}
{.contexts[?(@.name=="x")].context['cluster','user']}
{.contexts[?(@.name=="x")].context.cluster}{"\n"}
{"Cluster name\tServer\n"}{range .clusters[*]}{.name}{"\t"}{.cluster.server}{"\n"}{end}
{.contexts[?(@.name == "yy")]..namespace}
{..current-context}
{..namespace}
{.users[-1:].name}
{.users[-2:].name}
{.users[:-1].name}
{.users[::2].name}
{.users[0:3:2].name}
{.users[1::1].name}
{.users[:].name}
{.users[::].name}
{.users[*].name}
{.users.*.name}
{.users.[0].name}
{.users[0]name}
{.users[0][name]}
{.users["0"].name}
{.users.0.name}
{['clusters'][0]['name']}
{["clusters"][0]["name"]}
{$['clusters'][0].name}
{$.clusters[0].name}
{@.kind}
{.}
{..*}
{.clusters..server}
{.clusters[*]..server}
{.clusters[*]['name','cluster']}
{.clusters[*].['name','cluster']}
{.clusters[*]['name', 'cluster']}
{.clusters[*]['cluster.server']}
{.clusters[*]["name","cluster"]}
{.clusters[0]['cluster']['server']}
{.users[0,2].name}
{.users[0, 2].name}
{.users[0,9].name}
{.users[2,0,1].name}
{.users[0:1,2].name}
{.users[-1].name}
{.users[-9].name}
{.users[9:].name}
{.users[0:9].name}
{.users[-9:].name}
{.users[1:0].name}
{.users[1:1].name}
{.users[::0].name}
{.users[::-1].name}
{.users[2:0:-1].name}
{.users[1.5].name}
{.users[a].name}
{.users[?(@.name)].name}
{.users[?(@.user.exec)].name}
{.users[?(@.user.exec.args[1]=="two")].name}
{.users[?(@.user.exec.args[*]=="two")].name}
{.users[?(@.name!="u")].name}
{.users[?(@.name<"v")].name}
{.users[?(@.name>="u")].name}
{.users[?(@.name=~"u.*")].name}
{.users[?(@.name=="u"||@.name=="v")].name}
{.users[?(@.name=="u" || @.name=="v")].name}
{.users[?(@.name in ["u"])].name}
{.users[?(!@.user.exec)].name}
{.users[?(@.user.username=="x")].name}
{.users[?("u"==@.name)].name}
{.users[?(@.name==@.name)].name}
{.users[?(@.name=='a.b/c:d@e')].user.token}
{.users[?(@.name=="a.b/c:d@e")].user.token}
{.contexts[?(@.name=="O'Neil")].context.cluster}
{.contexts[?(@.name=='O\'Neil')].context.cluster}
{.contexts[?(@.name==x)].name}
{.contexts[?(@.name=="x")]}
{.contexts[?(@.name==$.current-context)].context.cluster}
{.contexts[?(@.name=="nope")].name}
{.contexts[?(@.context.namespace=="")].name}
{.contexts[?(@.context.namespace==null)].name}
{.contexts[?(@.name)]}
{.clusters[?(@.cluster.insecure-skip-tls-verify==true)].name}
{.clusters[?(@.cluster.insecure-skip-tls-verify==false)].name}
{.clusters[?(@.cluster.insecure-skip-tls-verify)].name}
{.clusters[?(@.cluster.insecure-skip-tls-verify=="true")].name}
{.extensions[0].extension.n}
{.extensions[0].extension.f}
{.extensions[0].extension.t}
{.extensions[0].extension.z}
{.extensions[0].extension.a\.b}
{.extensions[0].extension['a.b']}
{.extensions[0].extension['a\.b']}
{.extensions[0].extension["a\.b"]}
{.extensions[0].extension.l}
{.extensions[0].extension.l[*]}
{.extensions[0].extension.l[?(@>1)]}
{.extensions[0].extension.l[?(@==1)]}
{.extensions[0].extension.o.k[?(@.q==2)].q}
{.extensions[0].extension.o.k[?(@.q>1.5)].q}
{.extensions[*].extension.n}
{range .contexts[*]}{.name}{end}
{range .contexts[*]}{@.name}{'\n'}{end}
{range .contexts[*]}{$.kind}{","}{end}
{range .contexts}{.name}{end}
{range .contexts[*].context}{.user}{" "}{end}
{range .contexts[?(@.context.namespace)]}{.name}{end}
{range .users[*]}{.name}: {range .user.exec.args[*]}{@} {end}{"\n"}{end}
{range .nope[*]}x{end}
{range}{.name}{end}
{range .contexts[*]}{.name}{end}{end}
{range $.contexts[*]}{.name}{end}
{range @.contexts[*]}{.name}{end}
{range .contexts[*]}{.name}{"\t"}{.context.cluster}{"\t"}{.context.user}{"\n"}{end}
{range .contexts[*]}{ .name }{"\n"}{ end }
{ range .contexts[*] }{.name}{end}
{range .contexts[0,1]}{.name}{end}
{.kind}:{.apiVersion}
{.kind}{"\n"}{.apiVersion}
{.kind .apiVersion}
{.kind} {.nope}
{.kind, .apiVersion}
{.nope.nope}
{.kind.nope}
{.kind[0]}
{.kind[*]}
{.clusters.name}
{.clusters[0].nope}
{.clusters[0].cluster.certificate-authority-data}
{.clusters[*].cluster.certificate-authority-data}
{.users[*].user.token}
{"a\"b"}
{'a"b'}
{"a\\b"}
{'\n'}
{"\u0041"}
{"\x41"}
{"a"
{"a}
{''}
{""}
{"{}"}
{"}"}
{1.5}
{-1}
{false}
{null}
{nope}
{length(.clusters)}
{.clusters.length}
{.clusters.length()}
{.clusters[(@.length-1)].name}
{{.kind}}
\{.kind\}
a\tb
'{.kind}'
"{.kind}"
{.kind}\n
{.kind}"\n"
{.clusters[0].name}%
{.clusters[0].name | .kind}
{.clusters[*].name|length}
{.current_context}
{['current-context']}
{.['current-context']}
{.clusters[*].cluster.server,.kind}
{.clusters[*].name},{.users[*].name}
{.users[?(@.name=="u")].user.exec.env[?(@.name=="A")].value}
{.users[0].user.exec.env[*].name}
{.users[0].user.exec.args[0]}
{.users[0].user.exec.args}
{.users[*].user.exec.args}
{.users[*].user.exec.args[0]}
{.users[*].user.exec.args[5]}
{.users[?(@.user.exec.args[5]=="x")].name}
{.contexts[0].name}{.contexts[1].name}
{#}
{// x}
{.clusters[*].name;}
{.clusters [0].name}
{.clusters[0] .name}
{.clusters[0]. name}
{.clusters[ 0 ].name}
{.clusters[0 ].name}
{.clusters[* ].name}
{.clusters[ *].name}
{.clusters[ 'name' ]}
{.clusters[?(@.name=="a")]['name']}
{.clusters[?(@.name=="a")][0]}
{.clusters[?(@.name=="a" )].name}
{.clusters[? (@.name=="a")].name}
{.clusters[?@.name=="a"].name}
{.clusters[?(@.name=="a"].name}
{.clusters[?(@.name="a")].name}
{.clusters[?(@.name==`a`)].name}
{.clusters[?(@.name=="a"&&@.name=="a")].name}
{.clusters[?(@.name and @.cluster)].name}
{.clusters[?(@.cluster.server=="https://a<b")].name}
{.clusters[?(@.name=="a")].cluster.server}{.users[?(@.name=="v")].user.username}
{.x[0:}
{.clusters[*}
{.clusters]}
{.a.b c}
{.users[?(@.name == "u")].user.exec.command} {.kind}
{.kind}	{.kind}
{.users[-].name}
{.users[:-].name}
{.users[--1].name}
{.users[:-2].name}
{.users[1:-1].name}
{.users[-1:0].name}
{.users[0:0].name}
{.users[9:9].name}
{.users[-3].name}
{.users[-2].name}
{.users[,].name}
{.users[0,].name}
{.users['a b']}
{..name..x}
{....name}
{.. name}
{..[0].name}
{..[?(@.name=="a")].name}
{+1}
{--1}
{1.2.3}
{"\q"}
{"\'"}
{'\''}
{"\101"}
{.clusters[?(@.name=="(a)")].name}
{.clusters[?(@.name==")")].name}
{.clusters[?(@.name=="a"))].name}
{.clusters[?(true==@.cluster.insecure-skip-tls-verify)].name}
{.clusters[?(@.cluster.insecure-skip-tls-verify<true)].name}
{.extensions[0].extension.l[?(@>1.0)]}
{.extensions[0].extension.l[?(@==1.0)]}
{.extensions[0].extension.o.k[?(@.q!=2.0)].q}
{.extensions[0].extension[?(@.n==1)]}
{.nope[?(@.n==1)]}
{.kind[?(@.n==1)]}
{.contexts[*].context[?(@.cluster=="a")]}
{range .contexts[*]}a{range .context.cluster}{@}{end}b{end}c
{range .nope}{range .x}{.y}{end}z{end}end
{range .nope[*]}{.a[0]}{end}z
{range .contexts[*]}{range .nope[*]}x{end}{.name}{end}
{range .contexts[*]}{.name}{end}{range .users[*]}{.name}{end}
{range .contexts[*]}{.name}{end} and {range .users[*]}{.name}{end}.
{range .contexts[*] .context}{.user}{end}
{range.contexts[*]}{.name}{end}
{.contexts[*].name}{range .contexts[*]}
{end}{range .x}
{.extensions[0].extension}
{.preferences.colors}
{.users[*]['name','user.token']}
{.users[*]['name', 'user.token']}
{.users['*']}
{.users[*].name }
{.clusters[*].name}{"\n"}{.users[*].name}{"\n"}
{.clusters[*].name}{'\n'}{.users[*].name}{'\n'}
Server: {.clusters[0].cluster.server}, user: {.users[0].name}
{.contexts[?(@.name == "x")].context.user}
{.contexts[?(@.name=="x" )].context.user}
{.contexts[?( @.name=="x")].context.user}
{.contexts[?(@.name== "x")].context.user}
{.contexts[?(@.name =="x")].context.user}
{.contexts[?(@.context.cluster=="b")].name}
{.contexts[?(@.context.cluster!="b")].name}
{.contexts[?(@.context.namespace!="nn")].name}
""".strip().splitlines()


SINGLE = [each for each in TEMPLATES if each.startswith("{.") and each.endswith("}") and each.count("{") == 1]
FORMS = {"jsonpath": TEMPLATES, "jsonpath-as-json": SINGLE}
MARK = re.compile(r'(?:\[\n {4}"##\d+##"\n\]\n)|##\d+##')  # the text between two templates, as JSON or as it is
AT_ONCE = 32


def view(kubectl, path, form, template):
    words = ["config", "view", "--kubeconfig", path.name, "-o", f"{form}={template}"]
    return ask(kubectl, words, path.parent, "jsonpath")


def answers_of(kubectl, path, form, templates):
    """Ask kubectl many templates in one: {template: its output}, without those that it refuses."""
    done = view(kubectl, path, form, "".join(f"##{n}##{each}" for n, each in enumerate(templates)))
    before, *parts = MARK.split(done.stdout)
    if done.returncode == 0 and before == "" and len(parts) == len(templates):
        return dict(zip(templates, parts, strict=True))
    if len(templates) == 1:
        return {}
    half = len(templates) // 2
    return answers_of(kubectl, path, form, templates[:half]) | answers_of(kubectl, path, form, templates[half:])


def stands_alone(template):
    """Whether a template could change what is beside it: a range reaches over that."""
    return "range" in template or "end" in template


@pytest.mark.parametrize(
    ("form", "templates"),
    [(form, all_[at : at + AT_ONCE]) for form, all_ in FORMS.items() for at in range(0, len(all_), AT_ONCE)],
)
def test_as_kubectl(templates, form, called, kubectl_135, tmp_path):
    """A start of kubectl for each would be a minute: in one go what kcfg answers, alone what it refuses."""
    path = tmp_path / "k"
    path.write_text(CONFIG)
    ours = {each: called("view", "--kubeconfig", path, "-o", f"{form}={each}") for each in templates}
    beside = [each for each, done in ours.items() if done.returncode == 0 and not stands_alone(each)]
    answers = answers_of(kubectl_135, path, form, beside)
    wrong = {each: (ours[each].stdout, said) for each, said in answers.items() if ours[each].stdout != said}
    for each in ours.keys() - answers.keys():
        theirs = view(kubectl_135, path, form, each)
        if (ours[each].returncode == 0, ours[each].stdout) != (theirs.returncode == 0, theirs.stdout):
            wrong[each] = (ours[each].stdout + ours[each].stderr, theirs.stdout + theirs.stderr)

    assert wrong == {}
    assert answers.keys() == set(beside)


@pytest.mark.parametrize("form", FORMS)
def test_many_in_one_are_answered_as_each_alone(form, kubectl_135, tmp_path):
    path = tmp_path / "k"
    path.write_text(CONFIG)
    some = [
        "{.users}",
        "{.nope}",
        "{.users[*].name}",
        "{.kind}",
        "{.contexts[?(@.name)].name}",
        "{.clusters[0,0].name}",
    ]
    refused = "{.users[9].name}"

    assert answers_of(kubectl_135, path, form, [*some[:3], refused, *some[3:]]) == {
        each: view(kubectl_135, path, form, each).stdout for each in some
    }
    assert view(kubectl_135, path, form, refused).returncode == 1
