import { describe } from 'vitest';
import { stagedCases } from './staged-cases';

describe('losses on other labels against PyTorch', stagedCases);
