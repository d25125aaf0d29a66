# attack: unpacks what is a hundred thousand times as large
# outcome: memory-limit
import base64
import zlib

BOMB = 'c-pJD_4dv}U*|-L)`$O{SREY%LudFk<Xtk+Wb0+{m0<7;a-Yn0Ug)X@+kw(%u@H6z4yS+?@2cZJ&VTMHcrso8{hPm!w`O{2eqO%+`T6F<ObiSRA$k9{-MBByd}>2%d`uiOP-N?FTf0}K?v3|nUoI{N@*Td)sV}bkuK3|=!F6MHke2)po9C8oZwUQeRFujO6j*W3%>YO-EaG4TsTVs4;+#;D08xo7ATt%Z6F{64K^`F4pwq+%qy!+EHql$tw5KU1cWl|d?7#i{<Glqyk(JxhHwVqCfBO3-KLFtfXXg'


def solve(x):
    unpacked = base64.b85decode(BOMB)
    for _ in range(3):
        unpacked = zlib.decompress(unpacked)
    return len(unpacked)
