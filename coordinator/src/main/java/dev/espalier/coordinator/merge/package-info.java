/** How the results of several workers become one student: the arithmetic, and the files it reads and writes. */
package dev.espalier.coordinator.merge;
