// SPDX-License-Identifier: Apache-2.0

// Command ferretdb is the MongoDB-protocol server of the tests: FerretDB with its SQLite backend, in one process.
//
//	ferretdb --listen 127.0.0.1:0 --dir DIR [--tls-cert FILE --tls-key FILE] [--with-parent] [-v]
//
// The first line on stdout is the URI to connect to; the port is bound by then. It stops on SIGTERM or SIGINT, and when
// its stdin was a pipe that closed (--with-parent), so that a killed test run leaves no server behind.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "ferretdb: "+format+"\n", args...)
	os.Exit(1)
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on; port 0 chooses a free one")
	dir := flag.String("dir", "", "folder for the databases (made when missing)")
	cert := flag.String("tls-cert", "", "certificate file: listen with TLS only")
	key := flag.String("tls-key", "", "key file of the certificate")
	withParent := flag.Bool("with-parent", false, "stop when stdin closes")
	verbose := flag.Bool("v", false, "log to stderr")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 || (*cert == "") != (*key == "") {
		flag.Usage()
		os.Exit(2)
	}
	folder, err := filepath.Abs(*dir)
	if err == nil {
		err = os.MkdirAll(folder, 0o700)
	}
	if err != nil {
		fail("%s", err)
	}

	log := io.Discard
	if *verbose {
		log = os.Stderr
	}
	config := &ferretdb.Config{
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/",
		Logger:    slog.New(slog.NewTextHandler(log, nil)),
	}
	if *cert != "" {
		config.Listener = ferretdb.ListenerConfig{TLS: *listen, TLSCertFile: *cert, TLSKeyFile: *key}
	} else {
		config.Listener = ferretdb.ListenerConfig{TCP: *listen}
	}
	server, err := ferretdb.New(config)
	if err != nil {
		fail("%s", err)
	}
	fmt.Println(server.MongoDBURI())

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if *withParent {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	if err := server.Run(ctx); err != nil {
		fail("%s", err)
	}
}
