// Every field of a Gateway: ports that gateway proxies open, who may be served there, and how TLS is ended or passed on.
import { istio } from 'meshwright'

export const entrance = istio.gateway({
  metadata: { name: 'entrance' },
  spec: {
    selector: { istio: 'entrance' },
    servers: [
      {
        name: 'redirecting',
        port: { number: 8000, protocol: 'HTTP', name: 'http' },
        hosts: ['*.shop.example'],
        tls: { httpsRedirect: true },
      },
      {
        name: 'by-files',
        port: { number: 8443, protocol: 'HTTPS', name: 'https-files' },
        bind: '127.0.0.1',
        defaultEndpoint: '127.0.0.1:9999',
        hosts: ['shop/files.shop.example'],
        tls: {
          mode: 'MUTUAL',
          serverCertificate: 'tls/cert.pem',
          privateKey: 'tls/key.pem',
          caCertificates: 'tls/cert.pem',
          caCrl: 'tls/crl.pem',
          subjectAltNames: ['spiffe://partner.example/ns/shop/sa/buyer'],
          verifyCertificateSpki: ['BWLDieFioAzRZzlLCJvMwtnZDR8Gu+6zo5kdf0bvOo4='],
          verifyCertificateHash: ['1f22f434e7721b409c0cb5e240124c02044ec8c6d5786bc40ba6053dc81253e7'],
          minProtocolVersion: 'TLSV1_2',
          maxProtocolVersion: 'TLSV1_3',
          cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
        },
      },
      {
        port: { number: 9443, protocol: 'HTTPS', name: 'https-two' },
        hosts: ['two.shop.example'],
        tls: {
          mode: 'MUTUAL',
          tlsCertificates: [
            { serverCertificate: 'tls/cert.pem', privateKey: 'tls/key.pem', caCertificates: 'tls/cert.pem' },
          ],
        },
      },
      {
        port: { number: 10443, protocol: 'HTTPS', name: 'https-secret' },
        hosts: ['secret.shop.example'],
        tls: { mode: 'MUTUAL', credentialName: 'shop-cert', caCertCredentialName: 'shop-ca' },
      },
      {
        port: { number: 11443, protocol: 'HTTPS', name: 'https-secrets' },
        hosts: ['secrets.shop.example'],
        tls: { mode: 'SIMPLE', credentialNames: ['shop-rsa', 'shop-ecdsa'] },
      },
      {
        port: { number: 12443, protocol: 'HTTPS', name: 'https-anyone' },
        hosts: ['anyone.shop.example'],
        tls: { mode: 'OPTIONAL_MUTUAL', credentialName: 'shop-cert', insecureSkipVerify: true },
      },
    ],
  },
})
