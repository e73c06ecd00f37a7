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
