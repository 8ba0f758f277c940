package emulha.analysis.drawing;

import de.rototor.pdfbox.graphics2d.PdfBoxGraphics2DFontTextDrawer;
import emulha.files.Scratch;
import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.GraphicsEnvironment;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Properties;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Liberation Sans, which the PDF library brings along: a machine without fonts draws the same. */
final class Typeface {
  private static final String RESOURCE =
      "/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf";

  /** Its name and what has letters of the same widths, as style sheets take it. */
  private static final String FAMILY = "Liberation Sans, Arial, Helvetica, sans-serif";

  /** The JDK's name for the file of its list of fonts. */
  private static final String FONT_LIST = "sun.awt.fontconfig";

  private static final Font SANS = load();

  private static final FontRenderContext CONTEXT = new FontRenderContext(null, true, true);

  private Typeface() {}

  /** The typeface, never bold, at a size. */
  static Font sans(double size) {
    return SANS.deriveFont((float) size);
  }

  /** A line of text, which is not blank, laid out at a size. */
  static TextLayout layout(String text, double size) {
    return new TextLayout(text, sans(size), CONTEXT);
  }

  static double width(String text, double size) {
    return text.isBlank() ? 0 : layout(text, size).getAdvance();
  }

  /** Draws text into a PDF document as text, and embeds the letters. */
  static PdfBoxGraphics2DFontTextDrawer embedded() throws IOException {
    var drawer = new PdfBoxGraphics2DFontTextDrawer();
    try (InputStream in = open()) {
      drawer.registerFont(SANS.getFontName(), in);
    }
    return drawer;
  }

  /** Names the typeface, and what may stand in for it, below an element of an SVG document. */
  static void name(Element element) {
    if (element.hasAttribute("font-family")) {
      element.setAttribute("font-family", FAMILY);
    }
    for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element below) {
        name(below);
      }
    }
  }

  /**
   * Names this typeface as the machine's only one. The JDK loads none at all, not even one that is
   * given to it, where it finds neither fontconfig nor a list of fonts; it looks at this list only
   * where there is no fontconfig.
   */
  private static void standIn() throws IOException {
    if (System.getProperty(FONT_LIST) != null) {
      return;
    }
    Path directory = Scratch.directory("typeface");
    Path font = directory.resolve("sans.ttf");
    Path list = directory.resolve("fontconfig.properties");
    try (InputStream in = open()) {
      Files.copy(in, font);
    }
    var entries = new Properties();
    entries.setProperty("version", "1");
    entries.setProperty("allfonts.latin-1", "sans");
    entries.setProperty("sequence.allfonts", "latin-1");
    entries.setProperty("filename.sans", font.toAbsolutePath().toString());
    try (OutputStream out = Files.newOutputStream(list)) {
      entries.store(out, null);
    }
    System.setProperty(FONT_LIST, list.toAbsolutePath().toString());
  }

  private static InputStream open() {
    return Objects.requireNonNull(
        Typeface.class.getResourceAsStream(RESOURCE), "the PDF library brings no " + RESOURCE);
  }

  private static Font load() {
    System.setProperty("java.awt.headless", "true");
    try {
      standIn();
    } catch (IOException e) {
      throw new IllegalStateException("cannot write a typeface to " + Scratch.base(), e);
    }
    try (InputStream in = open()) {
      Font font = Font.createFont(Font.TRUETYPE_FONT, in);
      GraphicsEnvironment.getLocalGraphicsEnvironment().registerFont(font);
      return font;
    } catch (IOException | FontFormatException e) {
      throw new IllegalStateException("cannot load " + RESOURCE, e);
    }
  }
}
