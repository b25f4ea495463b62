/** Files that survive a kill at any instant: atomic writes, content-addressed blobs, their hashes. */
package dev.espalier.protocol.files;
