-- SPDX-License-Identifier: Apache-2.0
-- The run whose unfinished window a stream went on with (0: none), and the rows which that run had committed of it.
ALTER TABLE run_streams ADD COLUMN continues INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_streams ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
