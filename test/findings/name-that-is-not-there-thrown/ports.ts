export const wed = { number: 80, name: 'http' }
