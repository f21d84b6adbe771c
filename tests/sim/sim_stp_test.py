"""STP, as its client and as payers of other banks see it."""

import json
import os
import tempfile
import unittest

from sim_support import Receiver, StandIn, openssl, wait_until

NOW = "2026-03-02T10:00:00-06:00"
ORDERS = "/speiws/rest/ordenPago"
FIELDS = (
    "institucionContraparte empresa fechaOperacion folioOrigen claveRastreo institucionOperante "
    "monto tipoPago tipoCuentaOrdenante nombreOrdenante cuentaOrdenante rfcCurpOrdenante "
    "tipoCuentaBeneficiario nombreBeneficiario cuentaBeneficiario rfcCurpBeneficiario "
    "emailBeneficiario tipoCuentaBeneficiario2 nombreBeneficiario2 cuentaBeneficiario2 "
    "rfcCurpBeneficiario2 conceptoPago conceptoPago2 claveCatUsuario1 claveCatUsuario2 clavePago "
    "referenciaCobranza referenciaNumerica tipoOperacion topologia usuario medioEntrega prioridad "
    "iva").split()
# A public key and a signature made elsewhere: what the stand-in must accept without our help.
PUBLISHED_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2CXr40pjw2jHL0Xrcwlq
bUZTC2hhPOzxB8Ql3MTSkqnYe+rEUTS7mVpMTuyt90cd0Tlqubqa8NashBNws4zq
+644Qtjhccwb5D5pkGFI6Us/nXv7e5aZo/5UkdYE/VdA574NAQzwxeNjg4R+6eCC
gnbM5pWBXaRGXjT9LGPx6KQVeq1U6ebCYN2yfRWyGE6RD0BS7lWB0Wxx5wLnsU1c
9pecs7vWusoxhxXzGIM6Oh7QgES+2gX0Sl8XIZtxsoUGpWjupWUEsGTsk/Kc0vwx
x6YVHIwYt2B7b11E+/8BDMDXf+DVtRbRjaj46itvHBEvloO5FDWC07/7nPZnR7/7
SwIDAQAB
-----END PUBLIC KEY-----
"""
PUBLISHED_SIGNATURE = (
    "m/u28IethEE9unSEr4kTSFMf/rnjgAhL3HjAQcbRl7m9SRP5PswtWlMmaaoKzS81puooULWilDo4ULewwo53GqIiB5xO"
    "cjBjM7folEZiXitbwtgvAdnWl877sXi0WMC7uh6Oxm+dwpWpRQz4s3PJZPJ5W6omZAaxmJDzDFSdamoFN1lXl9aB0MIi"
    "psiXGkm5BnLaO4C4BedPmHeMrgEryzwGEIqUzlIgaLI7AOdjM3O5FW3nT9MpQTgStgznIXbR25sEuSPH4StkKfpBbPWF"
    "q6VXwz2eus5rda1LpfBq8DLbGZ37aQOL+6xztt3PJkRUBIaWzJh4mig9STEcVypFLA==")


def usual_order(**changes):
    order = {
        "institucionContraparte": 40012, "empresa": "PRUEBAFICTICIA",
        "claveRastreo": "DPA20260302000001", "institucionOperante": 90646, "monto": "2440.00",
        "tipoPago": 1, "tipoCuentaOrdenante": 40, "nombreOrdenante": "TESORERIA FICTICIA",
        "cuentaOrdenante": "646180110400000010", "rfcCurpOrdenante": "DFI200229A1A",
        "tipoCuentaBeneficiario": 40, "nombreBeneficiario": "ANA LORO FICTICIO",
        "cuentaBeneficiario": "012180000000000015", "rfcCurpBeneficiario": "LOFA900101MDFRCN07",
        "conceptoPago": "REEMBOLSO DERECHO FICTICIO", "referenciaNumerica": 260302,
        "topologia": "T", "medioEntrega": 3, "prioridad": 0}
    order.update(changes)
    return {name: value for name, value in order.items() if value is not None}


class StpCase(unittest.TestCase):
    binary = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.private_key = os.path.join(cls.folder.name, "private.pem")
        cls.public_key = os.path.join(cls.folder.name, "public.pem")
        openssl("genrsa", "-out", cls.private_key, "2048")
        openssl("rsa", "-in", cls.private_key, "-pubout", "-out", cls.public_key)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def start(self, *arguments, key=None, now=NOW):
        sim = StandIn(self.binary, "stp", "--now", now, "--client-key", key or self.public_key,
                      "--retry-ms", "10", *arguments)
        self.addCleanup(sim.stop)
        return sim

    def receiver(self, answer):
        receiver = Receiver(usual=answer)
        self.addCleanup(receiver.__exit__)
        return receiver

    def abono(self):
        return self.receiver((200, {"mensaje": "confirmar"}))

    def sign(self, text):
        signature = openssl("dgst", "-sha256", "-sign", self.private_key, data=text.encode())
        return openssl("base64", "-A", data=signature).decode()

    def wire(self, order, firma=None):
        """The amount travels as a bare number and is signed with two decimals."""
        values = []
        for name in FIELDS:
            values.append(str(order.get(name, "")))
        order = dict(order, firma=firma or self.sign("||" + "|".join(values) + "||"))
        amount = order.pop("monto", None)
        text = json.dumps(order)
        return text if amount is None else text[:-1] + f', "monto": {amount}}}'

    def register(self, sim, firma=None, **changes):
        body = self.wire(usual_order(**changes), firma)
        answer = sim.call("PUT", ORDERS + "/registra", body)
        self.assertEqual(answer.status, 200)
        return answer.json["resultado"]

    def ask(self, sim, path, cadena, **body):
        body = {name: value for name, value in body.items() if value is not None}
        return sim.call("POST", path, dict(body, firma=self.sign(cadena)))

    def query(self, sim, key, kind="E", day="20260302"):
        return self.ask(sim, "/efws/API/consultaOrden", f"||PRUEBAFICTICIA|{key}|{kind}|{day}||",
                        empresa="PRUEBAFICTICIA", claveRastreo=key, tipoOrden=kind,
                        fechaOperacion=int(day))

    def report(self, sim, kind, day="20260302", page=0):
        return self.ask(sim, "/efws/API/V2/conciliacion", f"||PRUEBAFICTICIA|{kind}|{day}||",
                        empresa="PRUEBAFICTICIA", tipoOrden=kind, fechaOperacion=day,
                        page=page).json

    def deposit(self, sim, query="", **changes):
        body = {"clabe": "646180110400000010", "amount_centavos": 244000}
        body.update(changes)
        return sim.call("POST", "/sim/deposits" + query, body)

    def deposit_in(self, sim, number, state):
        return wait_until(lambda: (
            lambda row: row if row["state"] == state else None)(
                sim.call("GET", f"/sim/deposits/{number}").json))


class Orders(StpCase):
    def test_a_signature_made_elsewhere_is_accepted_and_a_changed_amount_is_not(self):
        path = os.path.join(self.folder.name, "published.pem")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PUBLISHED_KEY)
        sim = self.start(key=path)
        changed = self.register(sim, firma=PUBLISHED_SIGNATURE, monto="2440.01")
        self.assertEqual(changed, {"id": 0, "descripcionError": "Error validando la firma"})
        self.assertGreater(self.register(sim, firma=PUBLISHED_SIGNATURE)["id"], 999)

    def test_an_amount_is_signed_with_two_decimals_however_it_is_written(self):
        sim = self.start()
        signed = self.wire(usual_order(monto="2440.00"))
        for number, written in enumerate(("2440", "2440.0", "2.44E3")):
            body = signed.replace('"monto": 2440.00', f'"monto": {written}')
            answer = sim.call("PUT", ORDERS + "/registra", body).json["resultado"]
            self.assertEqual(answer["id"] == -1, number > 0, answer)

    def test_optional_fields_take_part_in_the_signature(self):
        sim = self.start()
        answer = self.register(sim, folioOrigen="FOLIO-0001", emailBeneficiario="a@example.invalid",
                               fechaOperacion="20260303", referenciaCobranza="REFCOB1",
                               usuario="capturista1", iva="0.00")
        self.assertNotIn("descripcionError", answer)

    def test_each_rule_answers_with_its_id_and_words(self):
        sim = self.start()
        for changes, number, words in (
                ({"conceptoPago": None}, 0, "El campo &lt;conceptoPago> es obligatorio"),
                ({"claveRastreo": ""}, 0, "El campo &lt;claveRastreo> es obligatorio"),
                ({"nombreBeneficiario": "A" * 41}, 0, "El campo &lt;nombreBeneficiario> es inv"),
                ({"referenciaNumerica": 0}, 0, "El campo &lt;referenciaNumerica> es invalido"),
                ({"fechaOperacion": "20260307"}, 0, "El campo &lt;fechaOperacion> es invalido"),
                ({"empresa": "OTRA"}, -999, "La empresa"),
                ({"monto": "0.00"}, -20, "El monto {0.00} no es válido"),
                ({"claveRastreo": "CON-GUION"}, -34, "Clave rastreo invalida : CON-GUION"),
                ({"tipoCuentaBeneficiario": 3}, -11, "El tipo de cuenta 3 es invalido"),
                ({"institucionContraparte": 40999}, -9, "La Institucion 40999 no es valida"),
                ({"institucionContraparte": 40002}, -22,
                 "La cuenta CLABE {012180000000000015} no coincide para la institucion operante "
                 "{40002}"),
                ({"cuentaBeneficiario": "012180000000000016"}, -999, "La cuenta beneficiaria"),
                ({"cuentaOrdenante": None}, -200, "Orden sin cuenta ordenante"),
                ({"cuentaOrdenante": "646180110400000011"}, -7,
                 "La cuenta {646180110400000011} no existe"),
                ({"institucionContraparte": 90646, "cuentaBeneficiario": "646180110400000010"},
                 -24, "Cuenta {646180110400000010} - {MISMA_CUENTA}")):
            with self.subTest(changes):
                answer = self.register(sim, **changes)
                self.assertEqual(answer["id"], number)
                self.assertTrue(answer["descripcionError"].startswith(words), answer)
        self.assertEqual(self.register(sim, firma="AAAA")["descripcionError"],
                         "Error validando la firma")
        self.assertEqual(sim.call("PUT", ORDERS + "/registra", "{").status, 400)
        self.assertEqual(sim.call("GET", "/sim/state").json["orders"], [])

    def test_a_tracking_key_is_used_once_a_day(self):
        sim = self.start()
        self.assertNotIn("descripcionError", self.register(sim))
        again = self.register(sim)
        self.assertEqual(again, {"id": -1, "descripcionError":
                                 "La clave de rastreo {DPA20260302000001} para la fecha {20260302} "
                                 "de la institucion {90646} ya fue utilizada"})
        self.assertNotIn("descripcionError", self.register(sim, fechaOperacion="20260303"))

    def test_an_order_settles_and_says_so_until_it_is_heard(self):
        receiver = self.receiver((200, {"mensaje": "recibido"}))
        receiver.script = [(500, {}), (200, {"mensaje": "what"})]
        sim = self.start("--settle-ms", "50", "--estado-url", receiver.url + "/estado")
        number = self.register(sim, folioOrigen="F1")["id"]
        wait_until(lambda: len(receiver.got) == 3)
        news = receiver.bodies()[-1]
        self.assertEqual({name: news[name] for name in (
            "id", "empresa", "folioOrigen", "claveRastreo", "estado")}, {
                "id": number, "empresa": "PRUEBAFICTICIA", "folioOrigen": "F1",
                "claveRastreo": "DPA20260302000001", "estado": "LQ"})
        self.assertEqual(self.query(sim, "DPA20260302000001").json["respuesta"]["estado"], "LQ")

    def test_an_order_is_returned_or_cancelled_or_held_as_planned(self):
        receiver = self.receiver((200, {"mensaje": "recibido"}))
        sim = self.start("--settle-ms", "50", "--estado-url", receiver.url)
        sim.call("POST", "/sim/orders", {"claveRastreo": "K1", "estado": "D",
                                         "causaDevolucion": 2})
        sim.call("POST", "/sim/orders", {"cuentaBeneficiario": "646180157000000004",
                                         "estado": "CN"})
        sim.call("POST", "/sim/orders", {"claveRastreo": "K3", "estado": "A"})
        self.register(sim, claveRastreo="K1")
        self.register(sim, claveRastreo="K2", institucionContraparte=90646,
                      cuentaBeneficiario="646180157000000004")
        self.register(sim, claveRastreo="K3")
        wait_until(lambda: len(receiver.got) == 2)
        news = {body["claveRastreo"]: body for body in receiver.bodies()}
        self.assertEqual((news["K1"]["estado"], news["K1"]["causaDevolucion"]), ("D", 2))
        self.assertEqual(news["K2"]["estado"], "CN")
        states = {row["claveRastreo"]: row["estado"] for row in self.report(sim, "E")["datos"]}
        self.assertEqual(states, {"K1": "D", "K2": "TCL", "K3": "A"})
        decided = sim.call("POST", "/sim/orders", {"claveRastreo": "K3", "estado": "LQ"})
        self.assertEqual(decided.json["estado"], "LQ")

    def test_a_settled_order_may_still_come_back_once(self):
        receiver = self.receiver((200, {"mensaje": "recibido"}))
        sim = self.start("--settle-ms", "10", "--estado-url", receiver.url)
        self.register(sim)
        wait_until(lambda: len(receiver.got) == 1)
        wish = {"claveRastreo": "DPA20260302000001", "estado": "D", "causaDevolucion": 1}
        self.assertEqual(sim.call("POST", "/sim/orders", wish).json["causaDevolucion"], 1)
        wait_until(lambda: len(receiver.got) == 2)
        self.assertEqual([body["estado"] for body in receiver.bodies()], ["LQ", "D"])
        self.assertEqual(sim.call("POST", "/sim/orders", wish).status, 409)
        back = self.report(sim, "R")["datos"][0]
        self.assertEqual((back["tipoPago"], back["monto"], back["claveRastreoDevolucion"]),
                         (17, "2440.00", "DPA20260302000001"))

    def test_senseless_wishes_are_refused(self):
        sim = self.start()
        for wish in ({"estado": "LQ"}, {"claveRastreo": "K1", "estado": "XX"}):
            self.assertEqual(sim.call("POST", "/sim/orders", wish).status, 400)

    def test_an_unanswered_order_can_be_found_afterwards(self):
        sim = self.start()
        sim.call("POST", "/sim/faults", {"route": "registra", "mode": "no_response"})
        answer = self.register(sim)
        self.assertEqual(answer, {"id": 0,
                                  "descripcionError": "No se recibió respuesta del servicio"})
        self.assertEqual(self.query(sim, "DPA20260302000001").status, 200)


class Queries(StpCase):
    def test_an_order_is_found_by_its_tracking_key_and_day(self):
        sim = self.start("--settle-ms", "60000")
        self.register(sim)
        found = self.query(sim, "DPA20260302000001").json
        self.assertEqual((found["estado"], found["mensaje"]),
                         (0, "Datos consultados correctamente"))
        row = found["respuesta"]
        self.assertEqual((row["estado"], row["fechaOperacion"], row["monto"]),
                         ("A", 20260302, "2440.00"))
        self.assertIsNone(row["causaDevolucion"])
        missing = self.query(sim, "OTRA")
        self.assertEqual((missing.status, missing.json), (400, {
            "estado": 6, "mensaje": "No se encontraron datos relacionados"}))

    def test_a_wrong_signature_is_refused(self):
        sim = self.start()
        for path in ("/efws/API/consultaOrden", "/efws/API/V2/conciliacion"):
            answer = self.ask(sim, path, "||nonsense||", empresa="PRUEBAFICTICIA", tipoOrden="E")
            self.assertEqual(answer.status, 400)
            self.assertIn("firma", answer.json["mensaje"])

    def test_the_form_of_2020_ends_its_list_in_null(self):
        sim = self.start()
        self.register(sim)

        def ask(key, **date):
            text = f"|||PRUEBAFICTICIA|{date.get('fechaOperacion', '')}||{key}|90646" + "|" * 30
            return self.ask(sim, ORDERS + "/consOrdEnvRastreo", text, empresa="PRUEBAFICTICIA",
                            claveRastreo=key, institucionOperante=90646, **date).json["resultado"]

        def ask_day(kind, **date):
            text = f"|||PRUEBAFICTICIA|{date.get('fechaOperacion', '')}|||" + "|" * 30
            return self.ask(sim, ORDERS + "/consOrdenesFech", text, empresa="PRUEBAFICTICIA",
                            estado=kind, **date).json["resultado"]

        found = ask("DPA20260302000001")["lst"]
        self.assertEqual(found[0]["claveRastreo"], "DPA20260302000001  ")
        self.assertIsNone(found[1])
        self.assertEqual(ask("OTRA")["id"], -100)
        self.assertEqual(ask("DPA20260302000001", fechaOperacion=20260302)["id"], -100,
                         "the current day is asked about without its date")
        self.assertEqual(len(ask_day("E")["lst"]), 2)
        self.assertEqual(ask_day("R")["id"], -100)
        sim.call("POST", "/sim/clock", {"now": "2026-03-03T10:00:00-06:00"})
        self.assertEqual(ask("DPA20260302000001")["id"], -100)
        self.assertEqual(len(ask("DPA20260302000001", fechaOperacion=20260302)["lst"]), 2)
        self.assertEqual(len(ask_day("E", fechaOperacion=20260302)["lst"]), 2)

    def test_the_newest_form_has_a_path_for_the_current_day_and_one_for_the_others(self):
        sim = self.start()
        self.register(sim)

        def keys(which, text, **date):
            told = self.ask(sim, "/consultasws/API/conciliacion/" + which, text,
                            empresa="PRUEBAFICTICIA", tipoOrden="E", page=0, **date).json
            return [row["claveRastreo"] for row in told["datos"]]

        self.assertEqual(keys("actual", "||PRUEBAFICTICIA||"), ["DPA20260302000001"])
        self.assertEqual(keys("historica", "||PRUEBAFICTICIA|20260302||", fechaOperacion=20260302),
                         [])
        found = self.ask(sim, "/consultasws/API/orden/clave-rastreo",
                         "||PRUEBAFICTICIA|DPA20260302000001|E||||", empresa="PRUEBAFICTICIA",
                         claveRastreo="DPA20260302000001", tipoOrden="E").json
        self.assertEqual(found["respuesta"]["claveRastreo"], "DPA20260302000001")

    def test_the_report_comes_in_pages_and_counts_all(self):
        sim = self.start("--page-size", "2")
        for number in range(5):
            self.register(sim, claveRastreo=f"K{number}")
        pages = [self.report(sim, "E", page=page) for page in range(4)]
        self.assertEqual([page["total"] for page in pages], [5] * 4)
        self.assertEqual([[row["claveRastreo"] for row in page["datos"]] for page in pages],
                         [["K0", "K1"], ["K2", "K3"], ["K4"], []])
        self.assertEqual(self.report(sim, "E", day="20260303")["datos"], [])


class Deposits(StpCase):
    def test_a_deposit_is_delivered_and_confirmed(self):
        receiver = self.abono()
        sim = self.start("--abono-url", receiver.url + "/abono")
        made = self.deposit(sim, sender_name="Zoé Ñandú Ficticia", sender_account=
                            "072691004495711499", concept="CITA 42", reference_number=42,
                            tracking_key="MX1").json
        row = self.deposit_in(sim, made["id"], "CCO")
        body = receiver.bodies()[0]
        self.assertIn(b'"monto":2440.00', receiver.got[0][2])
        self.assertEqual(body, {
            "id": made["id"], "fechaOperacion": 20260302, "institucionOrdenante": 40072,
            "institucionBeneficiaria": 90646, "claveRastreo": "MX1", "monto": "2440.00",
            "nombreOrdenante": "Zoé Ñandú Ficticia", "tipoCuentaOrdenante": 40,
            "cuentaOrdenante": "072691004495711499", "rfcCurpOrdenante": "LOFA900101MDFRCN07",
            "nombreBeneficiario": "TESORERIA FICTICIA", "tipoCuentaBeneficiario": 40,
            "cuentaBeneficiario": "646180110400000010", "rfcCurpBeneficiario": "ND",
            "conceptoPago": "CITA 42", "referenciaNumerica": 42, "empresa": "PRUEBAFICTICIA",
            "tipoPago": 1, "tsLiquidacion": body["tsLiquidacion"]})
        self.assertEqual(len(body["tsLiquidacion"]), 13)
        self.assertEqual(row["answers"], [{"status": 200, "mensaje": "confirmar"}])
        self.assertEqual(self.query(sim, "MX1", "R").json["respuesta"]["estado"], "CCO")

    def test_a_deposit_can_be_returned_with_its_cause(self):
        receiver = self.receiver((400, {"mensaje": "devolver", "id": 1}))
        sim = self.start("--abono-url", receiver.url)
        made = self.deposit(sim).json
        row = self.deposit_in(sim, made["id"], "D")
        self.assertEqual(row["return_cause"], 1)
        reported = self.report(sim, "R")["datos"][0]
        self.assertEqual((reported["estado"], reported["causaDevolucion"]), ("D", 1))

    def give_back(self, sim, key, made, amount="2440.00"):
        cadena = f"||20260302|90646|{made['tracking_key']}|{amount}|1|{key}|3||"
        body = {"empresa": "PRUEBAFICTICIA", "fechaOperacion": "20260302",
                "institucionOperante": "90646", "claveRastreo": made["tracking_key"],
                "digitoIdentificadorBeneficiario": "1", "claveRastreoDevolucion": key,
                "medioEntrega": 3, "firma": self.sign(cadena)}
        text = json.dumps(body)[:-1] + f', "monto": {amount}}}'
        return sim.call("PUT", ORDERS + "/retornaOrden", text).json["resultado"]

    def test_a_confirmed_deposit_is_given_back_whole_and_once(self):
        receiver = self.abono()
        sim = self.start("--abono-url", receiver.url, "--settle-ms", "10")
        made = self.deposit(sim).json
        self.deposit_in(sim, made["id"], "CCO")
        self.assertIn("No se encontró", self.give_back(sim, "R1", made, "2439.99")
                      ["descripcionError"])
        self.assertNotIn("descripcionError", self.give_back(sim, "R1", made))
        self.assertEqual(self.give_back(sim, "R1", made)["id"], -1)
        self.assertIn("no se puede", self.give_back(sim, "R2", made)["descripcionError"])
        self.assertEqual(self.deposit_in(sim, made["id"], "RE")["state"], "RE")
        wait_until(lambda: self.query(sim, "R1").json["respuesta"]["estado"] == "LQ")
        sent = self.report(sim, "E")["datos"]
        self.assertEqual([(row["claveRastreo"], row["tipoPago"], row["monto"]) for row in sent],
                         [("R1", 17, "2440.00")])

    def test_only_a_confirmed_deposit_has_a_proof_and_only_its_session_gets_it(self):
        receiver = self.abono()
        sim = self.start()
        made = self.deposit(sim).json
        form = {"tipoCriterio": "T", "captcha": "c", "tipoConsulta": "1", "fecha": "02-03-2026",
                "criterio": made["tracking_key"], "emisor": "40012", "receptor": "90646",
                "cuenta": "646180110400000010", "monto": "2440.00", "receptorParticipante": "0"}

        def proof(**changes):
            asked = sim.call("POST", "/cep/valida.do", form={**form, **changes})
            cookie = asked.headers["Set-Cookie"].split(";")[0]
            return sim.call("GET", "/cep/descarga.do?formato=XML", headers={"Cookie": cookie}).text

        self.assertNotIn("SPEI_Tercero", proof())
        sim.call("POST", "/sim/callbacks", {"abono_url": receiver.url})
        self.deposit_in(sim, made["id"], "CCO")
        self.assertIn(f'claveRastreo="{made["tracking_key"]}"', proof())
        for changes in ({"monto": "2440.01"}, {"fecha": "03-03-2026"}, {"emisor": "40072"}):
            self.assertNotIn("SPEI_Tercero", proof(**changes))
        self.assertNotIn("SPEI_Tercero", sim.call("GET", "/cep/descarga.do?formato=XML").text)

    def account(self, number="646180110400000010", **changes):
        fields = {"cuenta": number, "empresa": "PRUEBAFICTICIA", "rfcCurp": "LOFA900101MDFRCN07",
                  "nombre": "ANA MARIA", "apellidoPaterno": "LORO", "paisNacimiento": 187,
                  "fechaNacimiento": "19900101", **changes}
        cadena = f"||{fields['empresa']}|{fields['cuenta']}|{fields['rfcCurp']}||"
        return dict({"firma": self.sign(cadena)}, **fields)

    def test_an_account_is_somebodys_once_until_it_is_removed(self):
        sim = self.start()

        def put(body, method="PUT", kind="fisica"):
            return sim.call(method, "/speiws/rest/cuentaModule/" + kind, body).json

        def state():
            return [(row["cuenta"], row["kind"], row["state"])
                    for row in sim.call("GET", "/sim/state").json["accounts"]]

        taken = {"descripcion": "Cuenta en revisión.", "id": 0}
        self.assertEqual(put(self.account()), taken)
        self.assertEqual(put(self.account()), {"descripcion": "Cuenta Duplicada", "id": 3})
        for changes, field in (({"nombre": "Ana"}, "nombre"), ({"nombre": ""}, "nombre"),
                               ({"apellidoPaterno": "LORO, A."}, "apellidoPaterno"),
                               ({"fechaNacimiento": "1990"}, "fechaNacimiento"),
                               ({"pais": 187}, "pais")):
            self.assertEqual(put(self.account("646180110400000023", **changes)),
                             {"descripcion": f"El campo {field} es invalido", "id": 1}, changes)
        self.assertEqual(put(self.account("646180110400000023", rfcCurp="rfc")),
                         {"descripcion": "rfc/curp invalido", "id": 1})
        wrong = put(self.account("646180110400000023", firma="AAAA"))
        self.assertEqual(wrong["resultado"]["descripcionError"], "Error validando la firma")
        self.assertEqual(state(), [("646180110400000010", "fisica", "in_review")])
        firm = {name: value for name, value in self.account(
            "646180110400000023", rfcCurp="DFI200229A1A", pais=187,
            fechaConstitucion="20200229").items()
            if name not in ("apellidoPaterno", "paisNacimiento", "fechaNacimiento")}
        self.assertEqual(put({"cuentasMorales": [firm, firm]}, kind="morales"),
                         [taken, {"descripcion": "Cuenta Duplicada", "id": 3}])
        identity = {name: value for name, value in self.account().items()
                    if name in ("cuenta", "empresa", "rfcCurp", "firma")}
        self.assertEqual(put(identity, "DELETE"), {"descripcion": "", "id": 0})
        self.assertEqual(put(identity, "DELETE")["id"], 1)
        self.assertEqual(state(), [("646180110400000010", "fisica", "removed"),
                                   ("646180110400000023", "moral", "in_review")])
        self.assertEqual(put(self.account()), taken)

    def test_a_list_of_accounts_is_bounded_and_signed_one_by_one(self):
        sim = self.start()
        path = "/speiws/rest/cuentaModule/fisicas"
        one = self.account()
        told = sim.call("PUT", path, {"cuentasFisicas": [one] * 101}).json
        self.assertEqual(told["descripcion"], "El campo cuentasFisicas es invalido")
        other = self.account("646180110400000023", firma=one["firma"])
        told = sim.call("PUT", path, {"cuentasFisicas": [one, other]}).json
        self.assertIn("resultado", told)
        self.assertEqual(sim.call("GET", "/sim/state").json["accounts"], [])

    def test_institutions_come_go_and_lose_their_line(self):
        sim = self.start()

        def listed():
            told = self.ask(sim, "/efws/API/consultaInstituciones", "||PRUEBAFICTICIA||",
                            empresa="PRUEBAFICTICIA").json
            self.assertEqual(told["estado"], 0)
            return {row["clave"]: row["estado"] for row in told["datos"]}

        self.assertEqual(listed()["40012"], "C")
        sim.call("POST", "/sim/institutions",
                 {"clave": "90999", "participante": "BANCO NUEVO FICTICIO", "estado": "C"})
        sim.call("POST", "/sim/institutions",
                 {"clave": "40012", "participante": "PARTICIPANTE 40012", "estado": "D"})
        sim.call("POST", "/sim/institutions", {"clave": "40002"})
        now = listed()
        self.assertEqual((now["90999"], now["40012"]), ("C", "D"))
        self.assertNotIn("40002", now)
        wrong = sim.call("POST", "/efws/API/consultaInstituciones",
                         {"empresa": "PRUEBAFICTICIA", "firma": "AAAA"})
        self.assertEqual(wrong.status, 400)

    def test_any_other_answer_is_no_answer(self):
        receiver = self.abono()
        receiver.script = [(500, {}), (200, {}), (400, {"mensaje": "devolver"}),
                           (401, {"mensaje": "confirmar"})]
        sim = self.start("--abono-url", receiver.url)
        made = self.deposit(sim).json
        row = self.deposit_in(sim, made["id"], "CCO")
        self.assertEqual([answer["status"] for answer in row["answers"]],
                         [500, 200, 400, 401, 200])

    def test_the_same_deposit_can_come_twice_or_again(self):
        receiver = self.abono()
        sim = self.start("--abono-url", receiver.url)
        made = self.deposit(sim, "?twice=1").json
        wait_until(lambda: len(receiver.got) == 2)
        sim.call("POST", f"/sim/deposits/{made['id']}/resend")
        wait_until(lambda: len(receiver.got) == 3)
        self.assertEqual(len({raw for _, _, raw in receiver.got}), 1)
        self.assertEqual(len(self.report(sim, "R")["datos"]), 1)

    def test_the_first_clear_answer_decides_and_every_answer_is_kept(self):
        receiver = self.abono()
        receiver.script = [(400, {"mensaje": "devolver", "id": 2})]
        sim = self.start("--abono-url", receiver.url)
        made = self.deposit(sim, "?twice=1").json
        row = wait_until(lambda: (lambda row: row if len(row["answers"]) == 2 else None)(
            sim.call("GET", f"/sim/deposits/{made['id']}").json))
        self.assertEqual((row["state"], row["return_cause"]), ("D", 2))
        self.assertEqual([answer["mensaje"] for answer in row["answers"]],
                         ["devolver", "confirmar"])

    def test_faults_of_delivery_end_in_a_delivery(self):
        receiver = self.abono()
        sim = self.start("--abono-url", receiver.url)
        for mode, posts in (("timeout_before", 1), ("timeout_after", 2), ("duplicate", 2),
                            ("malformed", 2), ("slow_drip", 1)):
            with self.subTest(mode):
                receiver.got.clear()
                sim.call("POST", "/sim/faults", {"route": "abono", "mode": mode})
                made = self.deposit(sim).json
                self.deposit_in(sim, made["id"], "CCO")
                self.assertEqual(len(receiver.got), posts)

    def test_credentials_and_addresses_can_be_set_later(self):
        receiver = self.abono()
        sim = self.start()
        made = self.deposit(sim).json
        sim.call("POST", "/sim/callbacks", {"abono_url": receiver.url + "/x", "abono_user": "stp",
                                            "abono_password": "secreto"})
        self.deposit_in(sim, made["id"], "CCO")
        path, headers, _ = receiver.got[0]
        self.assertEqual((path, headers["Authorization"]), ("/x", "Basic c3RwOnNlY3JldG8="))

    def test_two_banks_may_share_a_tracking_key_and_one_bank_may_not(self):
        sim = self.start()
        self.assertEqual(self.deposit(sim, tracking_key="K").status, 201)
        self.assertEqual(self.deposit(sim, tracking_key="K").status, 409)
        self.assertEqual(self.deposit(sim, tracking_key="K", sender_bank=40072).status, 201)
        self.assertEqual(
            self.deposit(sim, tracking_key="K", operating_date="2026-03-03").status, 201)

    def test_a_transfer_inside_stp_settles_as_one(self):
        receiver = self.abono()
        sim = self.start("--abono-url", receiver.url)
        made = self.deposit(sim, sender_account="646180157000000004").json
        self.deposit_in(sim, made["id"], "TLQ")

    def test_oddities_of_real_payloads_can_be_sent(self):
        receiver = self.abono()
        sim = self.start("--abono-url", receiver.url)
        self.deposit(sim, fields={"nombreOrdenante": "null", "tipoCuentaOrdenante": 0})
        wait_until(lambda: receiver.got)
        self.assertEqual(receiver.bodies()[0]["nombreOrdenante"], "null")

    def test_a_senseless_deposit_is_refused(self):
        sim = self.start()
        for changes in ({"clabe": "646180110400000011"}, {"clabe": "012180000000000015"},
                        {"amount_centavos": 0}, {"amount_centavos": "1"},
                        {"operating_date": "soon"}, {"sender_bank": 12345}):
            self.assertEqual(self.deposit(sim, **changes).status, 400, changes)
        self.assertEqual(sim.call("GET", "/sim/deposits/1").status, 404)


class Days(StpCase):
    def test_the_operating_day_follows_mexico_city(self):
        sim = self.start()
        for now, day in (
                ("2023-08-24T18:02:32-06:00", "20230825"),
                ("2023-08-25T14:47:19-06:00", "20230825"),
                ("2023-10-26T18:11:00-06:00", "20231027"),
                ("2026-03-06T17:59:59-06:00", "20260306"),
                ("2026-03-06T18:00:00-06:00", "20260309"),
                ("2026-03-07T09:00:00-06:00", "20260309"),
                ("2026-03-14T00:30:00Z", "20260317"),
                ("2026-04-01T18:00:00-06:00", "20260406"),
                ("2026-04-30T19:00:00-06:00", "20260504"),
                ("2026-12-11T18:00:00-06:00", "20261214"),
                ("2024-09-30T18:00:00-06:00", "20241002"),
                ("2024-03-27T18:00:00-06:00", "20240401"),
                ("2026-02-01T12:00:00-06:00", "20260203")):
            with self.subTest(now):
                sim.call("POST", "/sim/clock", {"now": now})
                self.assertEqual(sim.call("GET", "/sim/state").json["operating_date"], day)
        self.assertEqual(sim.call("POST", "/sim/clock", {"now": "noon"}).status, 400)

    def test_an_order_without_a_day_gets_the_operating_day(self):
        sim = self.start(now="2026-03-06T18:00:00-06:00")
        self.register(sim)
        self.assertEqual(self.query(sim, "DPA20260302000001", day="20260309").status, 200)


class Process(StpCase):
    def test_a_restart_keeps_the_truth_and_goes_on_delivering(self):
        with tempfile.TemporaryDirectory() as folder:
            sim = self.start("--state", folder, "--settle-ms", "60000")
            self.register(sim)
            made = self.deposit(sim).json
            sim.stop()
            receiver = self.abono()
            sim = self.start("--state", folder, "--settle-ms", "20", "--abono-url", receiver.url)
            self.deposit_in(sim, made["id"], "CCO")
            wait_until(lambda: self.query(
                sim, "DPA20260302000001").json["respuesta"]["estado"] == "LQ")
            self.assertEqual(self.register(sim)["id"], -1)

    def test_it_needs_a_readable_key(self):
        with self.assertRaises(RuntimeError) as failure:
            StandIn(self.binary, "stp", "--client-key", "/nowhere.pem")
        self.assertIn("--client-key is no PEM", str(failure.exception))
