// Command workload is what the images of the node tests hold. What it does stands in the environment of its image:
// good, slow, never-ready, crash, crash-later, or pause. `workload ready` tells whether it is ready.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const mark = "/ready"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "ready" {
		if _, err := os.Stat(mark); err != nil {
			os.Exit(1)
		}
		return
	}
	switch os.Getenv("BEHAVIOUR") {
	case "crash":
		end()
	case "crash-later":
		getReady()
		time.Sleep(seconds("CRASH_SECONDS"))
		end()
	case "slow":
		time.Sleep(seconds("SLOW_SECONDS"))
		getReady()
	case "never-ready", "pause":
	default:
		getReady()
	}
	wait()
}

func getReady() {
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func end() {
	fmt.Fprintln(os.Stderr, os.Getenv("LAST_WORD"))
	os.Exit(1)
}

func seconds(name string) time.Duration {
	number, err := strconv.ParseFloat(os.Getenv(name), 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, name, err)
		os.Exit(2)
	}
	return time.Duration(number * float64(time.Second))
}

func wait() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
}
