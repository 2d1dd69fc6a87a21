import tseslint from 'typescript-eslint';

const LAYERS = ['protocols', 'core', 'drivers', 'programs', 'scenarios', 'cli'];

/** Imports point one way: a layer may import itself and what stands before it in LAYERS. */
function layerRule(layer) {
  const above = LAYERS.slice(LAYERS.indexOf(layer) + 1).concat(['bench', 'test', 'docs']);
  const patterns = [
    {
      group: above.map((name) => `**/../${name}/**`),
      message: `${layer}/ must not import a layer above it.`,
    },
  ];
  const nodeFree = ['protocols', 'core', 'drivers'].includes(layer);
  if (nodeFree) patterns.push({ group: ['node:*'], message: `${layer}/ runs without Node.` });
  const rules = { 'no-restricted-imports': ['error', { patterns }] };
  if (layer !== 'cli' && layer !== 'scenarios') {
    rules['no-restricted-globals'] = [
      'error',
      { name: 'Date', message: 'Simulated time comes from the Simulator.' },
      { name: 'performance', message: 'Simulated time comes from the Simulator.' },
      { name: 'setTimeout', message: 'Use a Timer.' },
    ];
    rules['no-restricted-properties'] = [
      'error',
      { object: 'Math', property: 'random', message: 'Use a named stream of the Simulator.' },
    ];
  }
  return { files: [`${layer}/**/*.ts`], rules };
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'out/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always'],
      'prefer-const': 'error',
      'require-yield': 'off',
    },
  },
  ...LAYERS.map(layerRule),
);
