/** The same run by several methods, side by side. */
package dev.espalier.cli.compare;
