export default { namespace: 'shop', colour: 'red' }
