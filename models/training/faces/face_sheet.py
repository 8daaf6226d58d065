"""Draws a sheet of face training crops with their targets, to be looked at."""
import shared_parts  # noqa: F401
from sheet import draw_sheet, sheet_parser
from train_faces import stream

if __name__ == '__main__':
    parser = sheet_parser(__doc__)
    parser.add_argument('--labels', required=True)
    parser.add_argument('--cutouts', required=True)
    parser.set_defaults(batch=1)
    given = parser.parse_args()
    draw_sheet(stream(given), given)
