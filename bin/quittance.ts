#!/usr/bin/env node
import { compileStaleMessages } from '../web/messages.ts';

// The commands speak the reader's language, so their texts come first.
await compileStaleMessages();
await import('../web/cli.ts');
