#!/usr/bin/env node
'use strict';
// What kernel.json starts: node <root>/src/platform/kernel/kernel.cjs <connection file>.
// The working directory stays the notebook's own, so that relative paths in cells mean what they say;
// packages that the notebook's folder does not have are looked for in the project.
const path = require('node:path');
const { Module } = require('node:module');

const root = path.resolve(__dirname, '..', '..', '..');
const before = process.env.NODE_PATH;
process.env.NODE_PATH = [before, path.join(root, 'node_modules')].filter(Boolean).join(path.delimiter);
Module._initPaths();
if (before === undefined) delete process.env.NODE_PATH;
else process.env.NODE_PATH = before;

// TensorFlow's native library writes its log to the terminal otherwise.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';

// tsx looks for tsconfig.json in the working directory, which is not the project's.
process.env.TSX_TSCONFIG_PATH = path.join(root, 'tsconfig.json');
require('../../run-source.cjs').serveSources();
require('./main.ts').main(process.argv[2]);
