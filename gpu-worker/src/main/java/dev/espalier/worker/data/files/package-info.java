/** Files of texts as they lie on the disk, whatever of them is trained on: unpacked within bounds, read an object at a time. */
package dev.espalier.worker.data.files;
