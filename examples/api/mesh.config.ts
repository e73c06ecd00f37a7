import { defineConfig } from 'meshwright/policy'

export default defineConfig({ namespace: 'shop' })
