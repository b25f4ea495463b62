/** Commands that a coordinator carries out, over its HTTP API. */
package dev.espalier.cli.remote;
