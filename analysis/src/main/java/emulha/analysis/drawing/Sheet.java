package emulha.analysis.drawing;

import de.rototor.pdfbox.graphics2d.PdfBoxGraphics2D;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.function.Consumer;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadataNode;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGIDGenerator;
import org.apache.batik.util.SVGConstants;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * What is drawn, as files: the same lines go to PNG (300 dots per inch), SVG and PDF.
 *
 * @param name name of the files
 * @param width in units of {@link #UNITS} per inch
 * @param height likewise
 * @param paint draws all of it on white ground
 */
public record Sheet(String name, int width, int height, Consumer<Ink> paint) {
  /** Units of a drawing per inch; a point is two. */
  static final int UNITS = 144;

  private static final int PNG_DOTS = 300;

  public byte[] png() {
    double scale = (double) PNG_DOTS / UNITS;
    var image =
        new BufferedImage(
            (int) Math.round(width * scale),
            (int) Math.round(height * scale),
            BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, image.getWidth(), image.getHeight());
    g.scale(scale, scale);
    paint(g);
    g.dispose();
    return png(image);
  }

  /** The figure as an SVG document, with its size in millimetres; text stays text. */
  public String svg() {
    try {
      var factory = DocumentBuilderFactory.newNSInstance();
      Document document =
          factory
              .newDocumentBuilder()
              .getDOMImplementation()
              .createDocument(SVGConstants.SVG_NAMESPACE_URI, SVGConstants.SVG_SVG_TAG, null);
      var context = SVGGeneratorContext.createDefault(document);
      context.setComment(name);
      context.setPrecision(2);
      // Several figures may stand in one page.
      context.setIDGenerator(
          new SVGIDGenerator() {
            @Override
            public String generateID(String prefix) {
              return name + "-" + super.generateID(prefix);
            }
          });
      var g = new SVGGraphics2D(context, false);
      paint(g);
      Element root = g.getRoot();
      root.setAttribute("width", millimetres(width));
      root.setAttribute("height", millimetres(height));
      root.setAttribute("viewBox", "0 0 " + width + " " + height);
      Typeface.name(root);
      var transformer = TransformerFactory.newDefaultInstance().newTransformer();
      transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      var text = new StringWriter();
      transformer.transform(new DOMSource(root), new StreamResult(text));
      return text.append('\n').toString();
    } catch (ParserConfigurationException | TransformerException e) {
      throw new IllegalStateException(e);
    }
  }

  private void paint(Graphics2D to) {
    to.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    to.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    to.setColor(Color.WHITE);
    to.fill(new Rectangle2D.Double(0, 0, width, height));
    paint.accept(new Ink(to));
  }

  private static String millimetres(int units) {
    return String.format(Locale.ROOT, "%.2fmm", units * 25.4 / UNITS);
  }

  /** The figure as a PDF document of one page. */
  public byte[] pdf() {
    double points = 72.0 / UNITS;
    try (var document = new PDDocument();
        var bytes = new ByteArrayOutputStream()) {
      // Else a number of the time: the same figure is the same file.
      document.setDocumentId(0L);
      var page = new PDPage(new PDRectangle((float) (width * points), (float) (height * points)));
      document.addPage(page);
      var g = new PdfBoxGraphics2D(document, (float) (width * points), (float) (height * points));
      g.setFontTextDrawer(Typeface.embedded());
      g.scale(points, points);
      paint(g);
      g.dispose();
      try (var content = new PDPageContentStream(document, page)) {
        content.drawForm(g.getXFormObject());
      }
      document.save(bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] png(BufferedImage image) {
    var writer = ImageIO.getImageWritersByFormatName("png").next();
    var bytes = new ByteArrayOutputStream();
    try (var out = ImageIO.createImageOutputStream(bytes)) {
      var metadata =
          writer.getDefaultImageMetadata(
              new ImageTypeSpecifier(image), writer.getDefaultWriteParam());
      var size = new IIOMetadataNode("pHYs");
      String perMetre = Long.toString(Math.round(PNG_DOTS / 0.0254));
      size.setAttribute("pixelsPerUnitXAxis", perMetre);
      size.setAttribute("pixelsPerUnitYAxis", perMetre);
      size.setAttribute("unitSpecifier", "meter");
      var root = new IIOMetadataNode(metadata.getNativeMetadataFormatName());
      root.appendChild(size);
      metadata.mergeTree(metadata.getNativeMetadataFormatName(), root);
      writer.setOutput(out);
      writer.write(new IIOImage(image, null, metadata));
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
  }
}
