#!/usr/bin/env node
import '../web/cli.ts';
