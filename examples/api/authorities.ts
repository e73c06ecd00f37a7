import { kubernetes } from 'meshwright'

/** A ConfigMap with an authority that signs nothing. */
export function authority(name: string) {
  return kubernetes.configMap({
    metadata: { name },
    data: {
      'ca.crt': `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUc1b+HMxPulyTY1wC/YK5aPq1mHowCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHQmFuayBDQTAgFw0yNjExMjYxMDUyMTVaGA8yMTI2MTEwMjEw
NTIxNVowEjEQMA4GA1UEAwwHQmFuayBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABFTD81v8eyfeo//pmtfZVMtMTBD7022acfm/8S0+oRhiZQUk8sCKOL94Drd3
MAad6GoZTN0R/Fw72hSafeXm+k2jUzBRMB0GA1UdDgQWBBS/XzAOLrOIGO7/qi+C
PAlYc90mtjAfBgNVHSMEGDAWgBS/XzAOLrOIGO7/qi+CPAlYc90mtjAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIA/gdg7cKVNtgT86O21O/pVT6o2D
ZS696AMZyQIx9ZhaAiEAifzxi16YoA/lGLlOrAtQU9kGPlw4Yprm9aem60L2BDw=
-----END CERTIFICATE-----
`,
    },
  })
}
