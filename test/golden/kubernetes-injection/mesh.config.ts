export default { namespace: 'shop', injection: true }
