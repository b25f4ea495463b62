/** placeholder */
package dev.espalier.cli;
