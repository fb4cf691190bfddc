"""A dashboard for a terminal, over Channel Access alone.

source ──▶ readings ──▶ watched ──▶ view ──▶ panels, curve ──▶ lines ──▶ once │ app
(pyepics)   values       what is asked,        what is shown            print │ Textual
                         and told              for which values
"""
