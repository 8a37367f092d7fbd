-- SPDX-License-Identifier: Apache-2.0
-- How full the queue between reader and writer is, in percent, for those who watch a run of another process. -1: not known.
ALTER TABLE run_streams ADD COLUMN queue_fill INTEGER NOT NULL DEFAULT -1;
