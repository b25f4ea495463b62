/** The data plane's server side: content-addressed blobs of runs over HTTP, and what becomes of them in run folders. */
package dev.espalier.coordinator.blobs;
